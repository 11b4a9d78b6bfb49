// Signing in at an issuer: the authorization code flow with PKCE (RFC 6749, RFC 7636; OpenID Connect Discovery 1.0), all of it
// in the browser.
import type * as oauth from 'oauth4webapi';
import { GATEWAY_URL } from '../api/gateway.ts';

/** Loaded by whoever signs in so: nobody else has to wait for it. */
const load = () => import('oauth4webapi');

/** What the gateway tells of the issuer at which people may sign in. */
export type SignInSettings = { issuer: string; clientId: string; scope: string; audience: string | null };

const PENDING = 'resource-gateway-sign-in';
type Pending = { verifier: string; state: string };

/** null where people bring a token. */
export async function readSignInSettings(): Promise<SignInSettings | null> {
  const response = await fetch(`${GATEWAY_URL}/console/sign-in.json`);
  const settings = (await response.json()) as Partial<SignInSettings>;
  return settings.issuer === undefined ? null : (settings as SignInSettings);
}

/** Leaves for the issuer's page, from which the browser comes back here. */
export async function beginSignIn(settings: SignInSettings): Promise<void> {
  const { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } = await load();
  const server = await discover(settings);
  if (server.authorization_endpoint === undefined) throw new Error('the issuer has no page to sign in at');
  const pending: Pending = { verifier: generateRandomCodeVerifier(), state: generateRandomState() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const address = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: settings.clientId,
    redirect_uri: toRedirectUri(),
    response_type: 'code',
    scope: settings.scope,
    state: pending.state,
    code_challenge: await calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    ...toResource(settings),
    // As some issuers have it.
    ...(settings.audience !== null && { audience: settings.audience }),
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

/** The token that the browser has come back with; null when it has not come from the issuer. @throws when the issuer refused */
export async function finishSignIn(): Promise<string | null> {
  const here = new URL(location.href);
  const kept = sessionStorage.getItem(PENDING);
  if (kept === null || !here.searchParams.has('state')) return null;
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', here.pathname + here.hash);
  const settings = await readSignInSettings();
  if (settings === null) return null;
  const { None, authorizationCodeGrantRequest, processAuthorizationCodeResponse, validateAuthResponse } = await load();
  const { verifier, state } = JSON.parse(kept) as Pending;
  const server = await discover(settings);
  const client: oauth.Client = { client_id: settings.clientId };
  const parameters = validateAuthResponse(server, client, here, state);
  const response = await authorizationCodeGrantRequest(server, client, None(), parameters, toRedirectUri(), verifier, {
    ...(await toOptions(settings)),
    additionalParameters: toResource(settings),
  });
  const { access_token: token } = await processAuthorizationCodeResponse(server, client, response);
  return token;
}

async function discover(settings: SignInSettings): Promise<oauth.AuthorizationServer> {
  const { discoveryRequest, processDiscoveryResponse } = await load();
  const issuer = new URL(settings.issuer);
  return await processDiscoveryResponse(issuer, await discoveryRequest(issuer, await toOptions(settings)));
}

/** An issuer without TLS is one on this machine, which somebody has configured as such. */
async function toOptions({ issuer }: SignInSettings) {
  const { allowInsecureRequests } = await load();
  return { [allowInsecureRequests]: issuer.startsWith('http:') };
}

/** What the token is to be for, which RFC 8707 has only as an absolute URI. */
function toResource({ audience }: SignInSettings): { [name: string]: string } {
  return audience !== null && URL.canParse(audience) ? { resource: audience } : {};
}

function toRedirectUri(): string {
  return `${GATEWAY_URL}/console/`;
}
