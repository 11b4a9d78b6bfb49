// The addresses of cloud objects, taken apart. It refuses whatever a store or a URL parser might read as another object.
import { invalidInput } from '../../domain/errors.ts';
import { requireStorableText } from '../../domain/fields/text.ts';

/** An object in a cloud store; `version` null is the newest. Names are decoded. */
export type CloudObject =
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly version: string | null }
  | { readonly kind: 'gcs'; readonly bucket: string; readonly key: string; readonly version: string | null }
  | {
      readonly kind: 'azure_blob';
      readonly account: string;
      readonly bucket: string;
      readonly key: string;
      readonly version: string | null;
    };

const MAX_KEY_BYTES = 1024;
const BUCKET = /^[a-z0-9][a-z0-9._-]{0,253}[a-z0-9]$/i;
const CONTAINER = /^(?:\$(?:root|web|logs)|[a-z0-9](?:-?[a-z0-9]){2,62})$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const AZURE_HOST = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/;
const VERSION = /^[\x21-\x7e]{1,1024}$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw Object.assign(invalidInput('uri', 'must be percent-encoded UTF-8; write a literal % as %25'), { cause });
  }
}

function parseKey(encoded: string): string {
  const key = decode(encoded);
  requireStorableText('uri', key);
  if (key === '') throw invalidInput('uri', 'must name an object after its bucket');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw invalidInput('uri', `must not name an object longer than ${MAX_KEY_BYTES} bytes`);
  }
  if (/\p{Cc}/u.test(key)) throw invalidInput('uri', 'must not contain control characters');
  // On its way to the store such a segment is resolved by one party or another, out of the bucket that was allowed.
  if (key.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) {
    throw invalidInput('uri', 'must not contain "." or ".." as a part of the object\'s name');
  }
  return key;
}

function parseVersion(text: string, pattern: RegExp): string {
  const version = decode(text);
  if (!pattern.test(version)) throw invalidInput('uri', 'must name a valid version');
  return version;
}

function parseName(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw invalidInput('uri', `must name a valid bucket; ${JSON.stringify(text)} is none`);
  return text;
}

function parseParameter(query: string | undefined, name: string): string | null {
  if (query === undefined) return null;
  const [key, value, ...more] = query.split('=');
  if (key?.toLowerCase() !== name.toLowerCase() || value === undefined || more.length > 0) {
    throw invalidInput('uri', `must not have a query other than ${name}`);
  }
  return parseVersion(value, VERSION);
}

function parseObject(scheme: string, rest: string): CloudObject {
  const [path = '', fragment, ...more] = rest.split('#');
  if (more.length > 0 || (fragment !== undefined && scheme !== 'gs')) {
    throw invalidInput('uri', 'must not have a fragment; write a literal # as %23');
  }
  const [name = '', query, ...queries] = path.split('?');
  if (queries.length > 0 || (query !== undefined && scheme === 'gs')) {
    throw invalidInput('uri', 'must not have such a query; write a literal ? as %3F');
  }
  const [first = '', ...segments] = name.split('/');
  if (scheme === 's3') {
    const version = parseParameter(query, 'versionId');
    return { kind: 's3', bucket: parseName(first, BUCKET), key: parseKey(segments.join('/')), version };
  }
  if (scheme === 'gs') {
    const version = fragment === undefined ? null : parseVersion(fragment, /^\d{1,20}$/);
    return { kind: 'gcs', bucket: parseName(first, BUCKET), key: parseKey(segments.join('/')), version };
  }
  const [container = '', ...blob] = segments;
  return {
    kind: 'azure_blob',
    account: parseName(first, ACCOUNT),
    bucket: parseName(container, CONTAINER),
    key: parseKey(blob.join('/')),
    version: parseParameter(query, 'versionId'),
  };
}

/**
 * `s3://bucket/key?versionId=`, `gs://bucket/object#generation`, `azblob://account/container/blob?versionId=`.
 * @returns null when the address is of another scheme
 * @throws GatewayError `invalid_input`
 */
export function parseCloudUri(uri: string): CloudObject | null {
  const match = /^(s3|gs|azblob):\/\/(.*)$/is.exec(uri);
  return match === null ? null : parseObject((match[1] as string).toLowerCase(), match[2] as string);
}

/**
 * The blob behind `https://<account>.blob.core.windows.net/container/blob`; a blob without a container is in `$root`.
 * @returns null when the address is another host's
 * @throws GatewayError `invalid_input`
 */
export function parseAzureUrl(url: URL): (CloudObject & { kind: 'azure_blob'; hasSas: boolean }) | null {
  const account = AZURE_HOST.exec(url.hostname.replace(/\.$/, ''))?.[1];
  if (account === undefined || url.protocol !== 'https:' || url.port !== '') return null;
  const path = url.pathname.slice(1);
  const [container = '', ...blob] = path.includes('/') ? path.split('/') : ['$root', path];
  return {
    kind: 'azure_blob',
    account,
    bucket: parseName(decode(container), CONTAINER),
    key: parseKey(blob.join('/')),
    version: url.searchParams.get('versionid') ?? url.searchParams.get('versionId'),
    hasSas: url.searchParams.has('sig'),
  };
}

/** `bucket/key` or `account/container/blob`, with the version read where the store names one. */
export function toExternalId(object: CloudObject, versionRead: string | null): string {
  const path = `${object.bucket}/${object.key}`;
  const version = versionRead ?? object.version;
  const full = object.kind === 'azure_blob' ? `${object.account}/${path}` : path;
  if (version === null) return full;
  return object.kind === 'gcs' ? `${full}#${version}` : `${full}?versionId=${version}`;
}
