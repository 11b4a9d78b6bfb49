// What is told of a request: each part of the house adds what it knows, the telemetry writes it down.

/** Everything worth knowing of one finished request, in one log line. */
export type RequestEvent = {
  requestId: string;
  method: string;
  /** The route's pattern, never the address as sent. */
  route: string;
  status: number;
  durationMs: number;
  /** The connection closed before the answer was sent. */
  aborted: boolean;
  transport: 'rest' | 'graphql' | 'trpc' | 'other';
  /** By the name that all transports share; `several` when one request asks for more than one. */
  operation?: string;
  account?: string;
  /** Who bears the token, if it says so. */
  subject?: string;
  /** The connection's other end, or whom a trusted proxy names. */
  clientAddress: string;
  /** What the request and its answer took of the connection, heads included. */
  bytesIn: number;
  bytesOut: number;
  resourceId?: string;
  sizeBytes?: number;
  errorCode?: string;
  /** What went wrong, for refusals of our own making only. */
  err?: unknown;
};
