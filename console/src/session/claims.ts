// What a token says about its bearer. Only the gateway judges it; this is for what is shown and what is hidden.

export type Claims = {
  readonly account: string | null;
  readonly subject: string | null;
  /** null: the token does not tell, so nothing is hidden. */
  readonly scopes: ReadonlySet<string> | null;
  readonly expiresAt: Date | null;
};

/** All null for a token that is no JWT. */
export function readClaims(token: string): Claims {
  const payload = parsePayload(token);
  const text = (name: string) => (typeof payload[name] === 'string' ? payload[name] : null);
  const granted = payload.scope ?? payload.scp;
  const scopes = typeof granted === 'string' ? granted.split(' ') : Array.isArray(granted) ? granted.map(String) : null;
  return {
    account: text('account_id'),
    subject: text('sub'),
    scopes: scopes && new Set(scopes),
    expiresAt: typeof payload.exp === 'number' ? new Date(payload.exp * 1000) : null,
  };
}

/** Whether the bearer may do what needs this scope, as far as the token tells. */
export function mayUse({ scopes }: Claims, scope: string): boolean {
  return scopes === null || scopes.has(scope);
}

function parsePayload(token: string): { [name: string]: unknown } {
  try {
    const encoded = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === 'object' && payload !== null ? { ...payload } : {};
  } catch {
    return {};
  }
}
