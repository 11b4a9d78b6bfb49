// A real issuer of access tokens (oidc-provider) on a free port of the loopback, whose keys can be rotated.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider from '../../../tools/suite/oidc-provider.js';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** What a token is to say; the issuer adds `iss`, `aud`, `iat`, `exp` and the client's name as `sub`. */
export type TokenRequest = {
  readonly algorithm?: SigningAlgorithm;
  readonly scope?: string;
  readonly ttlSeconds?: number;
  /** Null: a token without that claim. */
  readonly claims?: { readonly [claim: string]: unknown };
};

export type Issuer = AsyncDisposable & {
  /** The `iss` of its tokens. */
  readonly url: string;
  readonly audience: string;
  readonly jwksUrl: URL;
  /** How many times the keys have been fetched. */
  readonly jwksRequests: () => number;
  /** Asks the token endpoint, as a client would. */
  issueToken(request?: TokenRequest): Promise<string>;
  /** Signs any payload with one of the issuer's own keys: for tokens that no honest issuer gives. */
  sign(payload: JWTPayload, options?: { algorithm?: SigningAlgorithm; header?: { kid?: string } }): Promise<string>;
  /** The key that `algorithm` signs with now, private half included. */
  signingKey(algorithm: SigningAlgorithm): JWK;
  /** Signs with new keys from now on. Those before are no longer published, unless `keepOld`. */
  rotateKeys(options?: { keepOld?: boolean }): Promise<void>;
  /** Makes it answer everything with a 503 until `resume`. */
  interrupt(): void;
  /** Makes it accept requests and answer none until `resume`; resolves with the first of them. */
  stall(): Promise<void>;
  resume(): void;
  /** Ends it; harmless when repeated. */
  close(): Promise<void>;
};

const AUDIENCE = 'resource-gateway';
const CLIENT = { id: 'uploader', secret: 'the-uploaders-own-secret' };
const SCOPES = ['resources:read', 'resources:write', 'resources:delete'];

/** Starts an issuer; tokens are for `audience` and name the account `acme` unless their request says otherwise. */
export async function openIssuer({ audience = AUDIENCE }: { audience?: string } = {}): Promise<Issuer> {
  let jwksRequests = 0;
  let provider: RequestListener = unavailable;
  let answer: RequestListener = unavailable;
  const server = createServer((request, response) => {
    if (request.url === '/jwks') jwksRequests += 1;
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let keys: JWK[] = [];
  const rotateKeys = async ({ keepOld = false } = {}) => {
    const fresh = await Promise.all(SIGNING_ALGORITHMS.map(createKey));
    keys = keepOld ? [...fresh, ...keys] : fresh;
    provider = createProvider({ url, audience, keys }).callback();
    resume();
  };
  const resume = () => {
    answer = provider;
  };
  await rotateKeys();

  const signingKey = (algorithm: SigningAlgorithm) => keys[SIGNING_ALGORITHMS.indexOf(algorithm)] as JWK;
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url,
    audience,
    jwksUrl: new URL('/jwks', url),
    jwksRequests: () => jwksRequests,
    issueToken: (request = {}) => requestToken(`${url}/token`, request),
    async sign(payload, { algorithm = 'ES256', header = {} } = {}) {
      const key = signingKey(algorithm);
      const protectedHeader = { alg: algorithm, ...(key.kid === undefined ? {} : { kid: key.kid }), ...header };
      return await new SignJWT(payload).setProtectedHeader(protectedHeader).sign(await importJWK(key, algorithm));
    },
    signingKey,
    rotateKeys,
    interrupt() {
      answer = unavailable;
    },
    stall: () =>
      new Promise((resolve) => {
        answer = () => resolve();
      }),
    resume,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const unavailable: RequestListener = (_request, response) => void response.writeHead(503).end();

async function createKey(algorithm: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `${algorithm}-${crypto.randomUUID()}`, use: 'sig' };
}

/** What a token is to say travels in a header of the token request, so that no state is kept between requests. */
const WISH_HEADER = 'x-token-wish';

type Wish = Required<Omit<TokenRequest, 'scope'>>;

function createProvider({ url, audience, keys }: { url: string; audience: string; keys: JWK[] }): Provider {
  const wishOf = (context: { get(header: string): string }): Wish => JSON.parse(context.get(WISH_HEADER));
  return new Provider(url, {
    jwks: { keys },
    scopes: SCOPES,
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        scope: SCOPES.join(' '),
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:resource-gateway',
        getResourceServerInfo: (context) => ({
          audience,
          scope: SCOPES.join(' '),
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: wishOf(context).algorithm } },
        }),
      },
    },
    ttl: { ClientCredentials: (context) => wishOf(context).ttlSeconds },
    extraTokenClaims: () => ({ account_id: 'acme' }),
    formats: {
      customizers: {
        // Only here can claims of the protocol itself (`sub`, `scope`) be replaced.
        jwt(context, _token, structured) {
          const claims = Object.entries({ ...structured.payload, ...wishOf(context).claims });
          structured.payload = Object.fromEntries(claims.filter(([, value]) => value !== null));
        },
      },
    },
  });
}

async function requestToken(endpoint: string, request: TokenRequest): Promise<string> {
  const { algorithm = 'ES256', scope = 'resources:read resources:write', ttlSeconds = 600, claims = {} } = request;
  const wish: Wish = { algorithm, ttlSeconds, claims };
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}`,
      [WISH_HEADER]: JSON.stringify(wish),
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) return String(answer.access_token);
  throw new Error(`the issuer gave no token: ${response.status} ${JSON.stringify(answer)}`);
}
