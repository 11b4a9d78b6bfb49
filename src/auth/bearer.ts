// The Authorization header's bearer token (RFC 6750, section 2.1). It refuses every other way to show a token.
import { GatewayError } from '../domain/errors.ts';

/** Longest header value that is looked at: real tokens stay far below, and each byte would be hashed and decoded. */
const MAX_AUTHORIZATION_BYTES = 8192;

const SCHEME = /^bearer(?: |$)/i;
/** The scheme in any case (RFC 9110, section 11.1), spaces, one b64token, and nothing after it. */
const CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token in the value of an Authorization header, which is empty when there was none. Whether it holds is for others to say.
 * @throws GatewayError `unauthenticated`
 */
export function parseBearer(authorization: string): string {
  if (authorization === '') {
    throw unauthenticated('a token is needed; send it as the header Authorization: Bearer <token>');
  }
  if (authorization.length > MAX_AUTHORIZATION_BYTES) {
    throw unauthenticated(
      `the Authorization header is longer than ${MAX_AUTHORIZATION_BYTES} bytes; get a smaller token`,
    );
  }
  if (!SCHEME.test(authorization)) {
    throw unauthenticated(
      'the Authorization header must have the form Bearer <token>; other schemes are not supported',
    );
  }
  const token = CREDENTIALS.exec(authorization)?.[1];
  if (token === undefined) {
    throw unauthenticated('the Authorization header must hold exactly one token after the word Bearer');
  }
  return token;
}

/** The refusal of a caller whose token does not do; `reason` is a whole sentence that says what to change. */
export function unauthenticated(reason: string): GatewayError<'unauthenticated'> {
  return new GatewayError('unauthenticated', { reason });
}
