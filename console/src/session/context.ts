// Who is signed in, for every component below.
import { createContext, useContext } from 'react';
import type { Gateway } from '../api/gateway.ts';
import { type Claims, mayUse } from './claims.ts';

export type Session = {
  readonly gateway: Gateway;
  readonly claims: Claims;
  signOut(reason?: string): void;
};

export const SessionContext = createContext<Session | null>(null);

/** @throws outside of a session */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('nobody is signed in here');
  return session;
}

/** What the token allows, as far as it tells. */
export function useRights(): { readonly mayWrite: boolean; readonly mayDelete: boolean; readonly mayHook: boolean } {
  const { claims } = useSession();
  return {
    mayWrite: mayUse(claims, 'resources:write'),
    mayDelete: mayUse(claims, 'resources:delete'),
    mayHook: mayUse(claims, 'webhooks:manage'),
  };
}
