import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import Provider from '../../tools/suite/oidc-provider.js';
import { BROWSER, openBrowser, WHY_SKIPPED } from '../support/console/browser.ts';
import { startGateway } from '../support/gateway.ts';

const AUDIENCE = 'https://gateway.example';
const SCOPES = ['resources:read', 'resources:write', 'resources:delete'];

/** An issuer with a page to sign in at; where people may be sent back to is known once the gateway is. */
async function openIssuer(redirectUri: () => string) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  let answer: RequestListener | null = null;
  const server = createServer((request, response) => answer?.(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = [{ ...(await exportJWK(privateKey)), kid: 'one', use: 'sig', alg: 'ES256' }];
  return {
    url,
    /** Begins, with the client that the console is. */
    begin() {
      const provider = new Provider(url, {
        jwks: { keys },
        scopes: ['openid', ...SCOPES],
        clients: [
          {
            client_id: 'console',
            token_endpoint_auth_method: 'none',
            id_token_signed_response_alg: 'ES256',
            grant_types: ['authorization_code'],
            redirect_uris: [redirectUri()],
            response_types: ['code'],
            scope: ['openid', ...SCOPES].join(' '),
          },
        ],
        features: {
          devInteractions: { enabled: true },
          resourceIndicators: {
            enabled: true,
            getResourceServerInfo: () => ({
              audience: AUDIENCE,
              scope: SCOPES.join(' '),
              accessTokenFormat: 'jwt',
              jwt: { sign: { alg: 'ES256' } },
            }),
          },
        },
        clientBasedCORS: () => true,
        extraTokenClaims: () => ({ account_id: 'acme' }),
      });
      answer = provider.callback();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe.skipIf(BROWSER === null)(`signing in at an issuer${WHY_SKIPPED}`, () => {
  test('people are led to the issuer, come back signed in, and nothing of it stays in the address', async () => {
    let gatewayUrl = '';
    await using issuer = await openIssuer(() => `${gatewayUrl}/console/`);
    await using gateway = await startGateway({
      AUTH_JWKS_URL: `${issuer.url}/jwks`,
      AUTH_ISSUER: issuer.url,
      AUTH_AUDIENCE: AUDIENCE,
      CONSOLE_CLIENT_ID: 'console',
    });
    gatewayUrl = gateway.url;
    issuer.begin();
    await using browser = await openBrowser();
    const page = await browser.open();
    await page.goto(gateway.url);
    await page.getByRole('button', { name: `Sign in at ${new URL(issuer.url).host}` }).click();
    await page.locator('input[name=login]').fill('alice');
    await page.locator('input[name=password]').fill('anything');
    await page.locator('button[type=submit]').click();
    await page.locator('button[type=submit]').click();
    await page.getByRole('grid', { name: 'Files' }).waitFor();
    await page.getByText('alice').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});
