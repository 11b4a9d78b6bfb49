// The address as the record keeps it: without fragment, credentials or signature. It never sees user info: that was refused.

/** Parameters that carry a credential or a signature wherever they appear. Lower case. */
const SECRET = new Set(
  [
    'signature googleaccessid awsaccesskeyid key-pair-id sig', // AWS v2, Google v2, CloudFront, Azure SAS
    'token access_token id_token refresh_token auth auth_token authtoken authorization jwt bearer sas code', // bearers
    'api_key apikey api-key key secret client_secret password passwd pwd session sessionid session_id', // keys
    'hdnea hdnts hdntl __token__ verify hmac', // signed links of content delivery networks
  ].flatMap((line) => line.split(' ')),
);
/** Schemes that put everything under one prefix. */
const SECRET_PREFIXES = ['x-amz-', 'x-goog-', 'x-oss-', 'x-cos-'];
/** What belongs to a signature, and is kept where there is none: two letters alone may mean anything. */
const SIGNED_WITH = new Set(
  'se sp sv sr st spr sip ss srt si ses sdd skoid sktid skt ske sks skv saoid suoid scid expires policy'.split(' '),
);
const SIGNATURES = new Set(['sig', 'signature']);

function toParameterName(pair: string): string {
  const name = pair.split('=', 1)[0] as string;
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

/** An http or https address without fragment and secret parameters; all else stays as it was sent. */
export function toOriginalUri(uri: string): string {
  const withoutFragment = uri.split('#', 1)[0] as string;
  const at = withoutFragment.indexOf('?');
  if (at === -1) return withoutFragment;
  const pairs = withoutFragment.slice(at + 1).split('&');
  const isSigned = pairs.some((pair) => SIGNATURES.has(toParameterName(pair)));
  const kept = pairs.filter((pair) => {
    const name = toParameterName(pair);
    if (SECRET.has(name) || SECRET_PREFIXES.some((prefix) => name.startsWith(prefix))) return false;
    return !(isSigned && SIGNED_WITH.has(name));
  });
  const base = withoutFragment.slice(0, at);
  return kept.length === 0 ? base : `${base}?${kept.join('&')}`;
}
