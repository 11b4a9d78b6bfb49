// The token, kept for this tab alone: it is gone when the tab is closed, and no other tab has it.

const KEY = 'resource-gateway-token';

export function readToken(): string | null {
  return sessionStorage.getItem(KEY);
}

/** null: forgets it. */
export function keepToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** What people paste, without what they paste along with it. */
export function tidyToken(pasted: string): string {
  return pasted
    .trim()
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
    .replace(/^["']|["']$/g, '');
}
