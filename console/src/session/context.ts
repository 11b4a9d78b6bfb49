// Who is signed in, for every component below.
import { createContext, useContext } from 'react';
import type { Gateway } from '../api/gateway.ts';
import type { Claims } from './claims.ts';

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
