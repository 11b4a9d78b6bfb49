// Reads gs:// objects through our own guarded fetch of the JSON API. It judges no bucket: that was done before.
import { GatewayError } from '../../domain/errors.ts';
import { raceSignal } from '../../domain/flow/race-signal.ts';
import { toHost, toPort } from '../guard/fetch-policy.ts';
import type { OpenedObject } from '../http/body-reader.ts';
import { type HttpOpening, openHttp } from '../http/open-http.ts';
import type { CloudObject } from './cloud-uri.ts';

const GOOGLE = 'https://storage.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';

/** Opens an object; the opening's signal ends it. */
export type OpenGcsObject = (object: CloudObject, opening: Omit<HttpOpening, 'authorize'>) => Promise<OpenedObject>;

type TokenSource = { getAccessToken(): Promise<string | null | undefined> };

// Loaded when the first object is read; it finds credentials where Google's own tools do and renews the token itself.
async function loadTokenSource(): Promise<TokenSource> {
  const { GoogleAuth } = await import('google-auth-library');
  return new GoogleAuth({ scopes: [SCOPE] });
}

function toObjectUrl(endpoint: string, object: CloudObject): URL {
  const url = new URL(`${endpoint}/storage/v1/b/${object.bucket}/o/${encodeURIComponent(object.key)}`);
  url.searchParams.set('alt', 'media');
  if (object.version !== null) url.searchParams.set('generation', object.version);
  return url;
}

/**
 * Objects of Google Cloud Storage, or of an emulator (`host:port` or an address), which is asked without credentials and
 * may be private, since the operator named it.
 */
export function createGcsOpener(emulatorHost: string | null): OpenGcsObject {
  let tokens: Promise<TokenSource> | undefined;
  const endpoint =
    emulatorHost === null ? GOOGLE : (/^https?:\/\//i.test(emulatorHost) ? '' : 'http://') + emulatorHost;

  async function toBearer(signal: AbortSignal): Promise<string> {
    try {
      tokens ??= loadTokenSource();
      const token = await raceSignal(
        tokens.then((source) => source.getAccessToken()),
        signal,
      );
      if (typeof token !== 'string') throw new Error('the Google credentials gave no token');
      return `Bearer ${token}`;
    } catch (cause) {
      signal.throwIfAborted();
      throw new GatewayError('internal', {}, { cause });
    }
  }

  return async (object, opening) => {
    const url = toObjectUrl(endpoint.replace(/\/+$/, ''), object);
    const allowHosts = emulatorHost === null ? [] : [{ host: toHost(url), port: toPort(url) }];
    const opened = await openHttp(url, {
      ...opening,
      judge: { ...opening.judge, allowHosts },
      authorize: async (_url, headers) =>
        emulatorHost === null ? { ...headers, authorization: await toBearer(opening.signal) } : headers,
    });
    const generation = opened.headers['x-goog-generation'];
    return { ...opened, versionRead: typeof generation === 'string' ? generation : null };
  };
}
