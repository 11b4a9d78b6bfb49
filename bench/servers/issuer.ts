// An issuer of tokens on the loopback: RS256, as most issuers sign, with its keys published for both servers.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export type Issuer = Disposable & {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Good for a day. */
  readonly token: string;
};

const AUDIENCE = 'bench';

export async function openIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }];
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await new SignJWT({ account_id: 'bench', scope: 'resources:read resources:write webhooks:manage' })
    .setProtectedHeader({ alg: 'RS256', kid: 'bench' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject('bench')
    .setExpirationTime('24h')
    .sign(privateKey);
  return {
    issuer,
    audience: AUDIENCE,
    jwksUrl: `${issuer}/jwks`,
    token,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
