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
  operation?: string;
  account?: string;
  resourceId?: string;
  sizeBytes?: number;
  errorCode?: string;
  /** What went wrong, for refusals of our own making only. */
  err?: unknown;
};
