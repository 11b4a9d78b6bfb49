// The part of oidc-provider that the issuers of the tests use; the package brings no declarations.
import type { RequestListener } from 'node:http';
import type { JWK } from 'jose';

type Context = { get(header: string): string };

type ResourceServer = {
  audience: string;
  scope: string;
  accessTokenFormat: 'jwt';
  jwt: { sign: { alg: string } };
};

type StructuredToken = { payload: { [claim: string]: unknown } };

type Configuration = {
  jwks: { keys: JWK[] };
  scopes: string[];
  clients: {
    client_id: string;
    client_secret?: string;
    token_endpoint_auth_method?: 'none';
    id_token_signed_response_alg?: string;
    grant_types: string[];
    redirect_uris: string[];
    response_types: string[];
    scope: string;
  }[];
  features: {
    devInteractions: { enabled: boolean };
    clientCredentials?: { enabled: boolean };
    resourceIndicators: {
      enabled: boolean;
      defaultResource?(context: Context): string;
      getResourceServerInfo(context: Context): ResourceServer;
    };
  };
  ttl?: { ClientCredentials(context: Context): number };
  clientBasedCORS?(context: Context, origin: string): boolean;
  extraTokenClaims(context: Context): { [claim: string]: unknown };
  formats?: {
    customizers: { jwt(context: Context, token: unknown, structured: StructuredToken): void };
  };
};

export default class Provider {
  constructor(issuer: string, configuration: Configuration);
  callback(): RequestListener;
}
