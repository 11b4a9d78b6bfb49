// Reads Azure blobs through our own guarded fetch, signed with the account's key. It judges no container: that was done
// before, and it sends a key's signature to no other account.
import { createHmac } from 'node:crypto';
import { toHost, toPort } from '../guard/fetch-policy.ts';
import type { OpenedObject } from '../http/body-reader.ts';
import type { RequestHeaders } from '../http/exchange.ts';
import { type HttpOpening, openHttp } from '../http/open-http.ts';
import type { AzureConnection } from './azure-connection.ts';
import type { CloudObject } from './cloud-uri.ts';

const API_VERSION = '2021-12-02';

export type AzureBlob = CloudObject & { readonly kind: 'azure_blob' };

/** Opens a blob; the opening's signal ends it. */
export type OpenAzureBlob = (blob: AzureBlob, opening: Omit<HttpOpening, 'authorize'>) => Promise<OpenedObject>;

/**
 * The headers of a GET signed with an account's key: Azure Storage, "Authorize with Shared Key", for the versions since
 * 2015-02-21.
 */
export function signAzureGet(
  url: URL,
  options: { account: string; key: Buffer; headers: RequestHeaders; date: Date },
): RequestHeaders {
  const headers = { ...options.headers, 'x-ms-date': options.date.toUTCString(), 'x-ms-version': API_VERSION };
  const parameters = [...url.searchParams]
    .map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
    .sort()
    .join('');
  const text = [
    'GET',
    ...Array.from({ length: 10 }, () => ''), // encoding, language, length, MD5, type, date and the four conditions
    options.headers.range ?? '',
    `x-ms-date:${headers['x-ms-date']}`,
    `x-ms-version:${headers['x-ms-version']}`,
    `/${options.account}${url.pathname}${parameters}`,
  ].join('\n');
  const signature = createHmac('sha256', options.key).update(text).digest('base64');
  return { ...headers, authorization: `SharedKey ${options.account}:${signature}` };
}

function toBlobUrl(endpoint: string, blob: AzureBlob): URL {
  const url = new URL(`${endpoint}/${blob.bucket}/${blob.key.split('/').map(encodeURIComponent).join('/')}`);
  if (blob.version !== null) url.searchParams.set('versionid', blob.version);
  return url;
}

/**
 * Blobs of the account that the connection names, at its endpoint, which may be private since the operator named it; and
 * of any other account without credentials, as the public may read them.
 */
export function createAzureOpener(connection: AzureConnection | null): OpenAzureBlob {
  return async (blob, opening) => {
    const own = connection !== null && connection.account === blob.account ? connection : null;
    const url = toBlobUrl(own?.blobEndpoint ?? `https://${blob.account}.blob.core.windows.net`, blob);
    if (own?.key === null && own.sas !== null) url.search = [url.search.slice(1), own.sas].filter(Boolean).join('&');
    const { key = null } = own ?? {};
    const opened = await openHttp(url, {
      ...opening,
      judge: { ...opening.judge, allowHosts: own === null ? [] : [{ host: toHost(url), port: toPort(url) }] },
      authorize: async (target, headers) =>
        key === null
          ? { ...headers, 'x-ms-version': API_VERSION }
          : signAzureGet(target, { account: blob.account, key, headers, date: new Date() }),
    });
    const version = opened.headers['x-ms-version-id'];
    return { ...opened, versionRead: typeof version === 'string' ? version : null };
  };
}
