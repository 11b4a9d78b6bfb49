// The gateway as the console sees it: its public API, and nothing else. One of these lasts as long as a token does.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import {
  type AppRouter,
  createClient,
  type GatewayClient,
  isGatewayError,
  toGatewayError,
} from 'resource-gateway-client';
import { isUnauthorized } from './failure.ts';

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

export type Gateway = {
  /** Scheme, host and path below which everything is, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** The client that every frontend has. */
  readonly client: GatewayClient;
  readonly queries: QueryClient;
};

const RETRIES = 2;
/** What has been scrolled past is dropped, so that a long list does not fill the memory. */
const KEEP_MS = 60_000;

/** The gateway that serves this page. */
export const GATEWAY_URL = new URL('..', document.baseURI.replace(/[^/]*$/, '')).href.replace(/\/$/, '');

/** @param onRefused told when the token no longer holds */
export function createGateway(token: string, { onRefused }: { onRefused: () => void }): Gateway {
  const client = createClient({ url: GATEWAY_URL, token });
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => isUnauthorized(error) && onRefused() }),
    defaultOptions: {
      queries: {
        gcTime: KEEP_MS,
        staleTime: KEEP_MS,
        retry: (failures, error) => failures < RETRIES && isWorthRetrying(error),
      },
    },
  });
  return { url: GATEWAY_URL, token, client, queries };
}

/** One request to REST, for what only REST has: bytes, and JSON that keeps every digit. */
export async function callRest(gateway: Gateway, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${gateway.token}`);
  const response = await fetch(gateway.url + path, { ...init, headers });
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as { error?: unknown } | null;
  throw new RestError(response.status, typeof body?.error === 'string' ? body.error : `answered ${response.status}`);
}

/** A refusal by REST; the message is the gateway's sentence. */
export class RestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function isWorthRetrying(error: unknown): boolean {
  return isGatewayError(toGatewayError(error), 'unreachable', 'internal', 'overloaded');
}
