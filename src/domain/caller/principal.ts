// Who is asking, and what they may do. Tokens are verified elsewhere.
import { GatewayError } from '../errors.ts';

export type Scope = 'resources:read' | 'resources:write' | 'resources:delete' | 'webhooks:manage';

/** A caller whose token has been verified. */
export type Principal = {
  readonly accountId: string;
  /** The token's `sub`, or null when it has none. */
  readonly subject: string | null;
  readonly scopes: ReadonlySet<string>;
  /** When the token ends, in milliseconds since 1970: what it permits to begin goes on no longer than that. */
  readonly expiresAtMs: number;
};

/** @throws GatewayError `forbidden` when the caller was not granted `scope`. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (!principal.scopes.has(scope)) {
    throw new GatewayError('forbidden', { reason: `this needs a token with the scope ${scope}` });
  }
}
