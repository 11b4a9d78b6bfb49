// Judges one token: signature, issuer, audience, times. It refuses symmetric and absent signatures whatever the key.
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { GatewayError } from '../domain/errors.ts';
import { unauthenticated } from './bearer.ts';

/** What a token must say to be ours. */
export type TokenRules = {
  readonly issuer: string;
  readonly audience: string;
};

/**
 * Asymmetric only. One HMAC name in here would let anyone sign with the public key as the secret (RFC 8725, section 2.1).
 */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_TOLERANCE_SECONDS = 5;
/** A token without `kid` costs a verification for each key that fits; issuers publish two or three. */
const MAX_CANDIDATES = 16;

/**
 * The claims of a token that holds; `exp` is among them.
 * @param token a compact JWS (RFC 7515)
 * @throws GatewayError `unauthenticated` when the token does not hold, `internal` when the keys cannot be had
 */
export async function verifyToken(
  token: string,
  { keys, issuer, audience }: TokenRules & { readonly keys: JWTVerifyGetKey },
): Promise<JWTPayload> {
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  let isKeyFound = false;
  const find: JWTVerifyGetKey = async (...asked) => {
    const key = await keys(...asked);
    isKeyFound = true;
    return key;
  };
  try {
    const { payload } = await jwtVerify(token, find, options).catch((error: unknown) => {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(token, error, options);
      throw error;
    });
    return payload;
  } catch (error) {
    throw isKeyFound && isOfTheKey(error) ? unauthenticated(UNUSABLE_KEY) : toRefusal(error);
  }
}

const UNUSABLE_KEY =
  'the token is signed with a key that is not accepted here, such as RSA below 2048 bits; get a new token';

/** jose speaks of the token in errors of its own; what else is thrown is about the key: too short, of another kind. */
const isOfTheKey = (error: unknown) => !(error instanceof errors.JOSEError);

/** A token without `kid` may fit several published keys; one of them has to have signed it. */
async function verifyWithEach(token: string, candidates: errors.JWKSMultipleMatchingKeys, options: JWTVerifyOptions) {
  let tried = 0;
  for await (const key of candidates) {
    if (tried === MAX_CANDIDATES) break;
    tried += 1;
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed || isOfTheKey(error))) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** No cause is kept for a caller's bad token: jose puts its claims into the error, and they would end in the log. */
function toRefusal(error: unknown): GatewayError {
  if (error instanceof errors.JWTClaimValidationFailed) return unauthenticated(toClaimReason(error));
  switch (error instanceof errors.JOSEError ? error.code : null) {
    case 'ERR_JWT_EXPIRED':
      return unauthenticated('the token has expired; get a new one');
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return unauthenticated(
        'the token is not a well-formed signed JWT; send the access token exactly as it was issued',
      );
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return unauthenticated(`the token must be signed with one of ${ALGORITHMS.join(', ')}; get one that is`);
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return unauthenticated("the token's signature does not match; send the access token exactly as it was issued");
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return unauthenticated('the token is signed with a key that the issuer does not publish; get a new token');
    default:
      return new GatewayError('internal', {}, { cause: error });
  }
}

function toClaimReason({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `the token's claim "${claim}" is missing; get a token that has it`;
  if (reason === 'invalid') return `the token's claim "${claim}" must be a number; get a new token`;
  switch (claim) {
    case 'iss':
      return 'the token comes from an issuer that is not trusted here; get one from the right issuer';
    case 'aud':
      return 'the token was issued for another service; get one whose audience is this service';
    default:
      return 'the token is not valid yet; wait, or correct the clock of whoever issued it';
  }
}
