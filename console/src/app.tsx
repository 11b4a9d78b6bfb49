// Signed in or not: one of two pages.
import { QueryClientProvider } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { toSentence } from './api/failure.ts';
import { createGateway, TRPCProvider } from './api/gateway.ts';
import { Frame } from './frame.tsx';
import { readClaims } from './session/claims.ts';
import { SessionContext } from './session/context.ts';
import { SignIn } from './session/sign-in.tsx';
import { keepToken, readToken } from './session/token.ts';

export function App() {
  const [token, setToken] = useState(readToken);
  const [reason, setReason] = useState<string | null>(null);
  const session = useMemo(() => {
    if (token === null) return null;
    const signOut = (why: string | null = null) => {
      keepToken(null);
      setReason(why);
      setToken(null);
    };
    const gateway = createGateway(token, {
      onRefused: () => signOut('The token is no longer accepted. Sign in again.'),
    });
    return { gateway, claims: readClaims(token), signOut };
  }, [token]);

  const signIn = useCallback(async (given: string) => {
    const { client } = createGateway(given, { onRefused: () => {} });
    await client.api.resource.directory.query({ path: '/', limit: 1 }).catch((error) => {
      throw new Error(toSentence(error));
    });
    keepToken(given);
    setToken(given);
  }, []);

  if (session === null) return <SignIn reason={reason} onToken={signIn} />;
  const { queries, client } = session.gateway;
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={client.api} queryClient={queries}>
        <SessionContext value={session}>
          <Frame />
        </SessionContext>
      </TRPCProvider>
    </QueryClientProvider>
  );
}
