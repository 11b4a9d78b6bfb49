import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAzureConnection } from '../../../src/remote/cloud/azure-connection.ts';
import { signAzureGet } from '../../../src/remote/cloud/azure-object.ts';
import { openRemoteFixture, readAll, toRefusal } from '../../support/remote/remote-fixture.ts';
import { AZURITE_ACCOUNT, type Azurite, hasAzurite, openAzurite } from '../../support/servers/azurite.ts';
import { openHttpOrigin } from '../../support/servers/http-origin.ts';

const API = '2021-12-02';

/** A shared key for a PUT, so that the test can put what it reads: the canonical text is short when written out. */
async function put(azurite: Azurite, path: string, body: string | null): Promise<Response> {
  const url = new URL(`${azurite.endpoint}/${path}`);
  const date = new Date().toUTCString();
  const type = body === null ? '' : 'text/markdown';
  const ms = [...(body === null ? [] : ['x-ms-blob-type:BlockBlob']), `x-ms-date:${date}`, `x-ms-version:${API}`];
  const query = [...url.searchParams].map(([name, value]) => `\n${name}:${value}`).join('');
  const length = body ? String(Buffer.byteLength(body)) : '';
  const resource = `/${AZURITE_ACCOUNT}${url.pathname}${query}`;
  const text = `PUT\n\n\n${length}\n\n${type}\n\n\n\n\n\n\n${ms.join('\n')}\n${resource}`;
  const signature = createHmac('sha256', Buffer.from(azurite.key, 'base64')).update(text).digest('base64');
  return fetch(url, {
    method: 'PUT',
    body,
    headers: {
      ...Object.fromEntries(ms.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])),
      ...(body !== null && { 'content-type': type }),
      authorization: `SharedKey ${AZURITE_ACCOUNT}:${signature}`,
    },
  });
}

/** A service SAS for reading one blob (Azure Storage, "Create a service SAS", version 2020-12-06). */
function createSas(azurite: Azurite, path: string): string {
  const end = '2099-01-01T00:00:00Z';
  const fields = ['r', '', end, `/blob/${AZURITE_ACCOUNT}/${path}`, '', '', '', API, 'b', '', '', '', '', '', '', ''];
  const signature = createHmac('sha256', Buffer.from(azurite.key, 'base64')).update(fields.join('\n')).digest('base64');
  return new URLSearchParams({ sv: API, se: end, sr: 'b', sp: 'r', sig: signature }).toString();
}

describe.runIf(hasAzurite)('azblob:// on azurite', () => {
  let azurite: Azurite;
  const sourceBuckets = [{ kind: 'azure_blob', account: AZURITE_ACCOUNT, bucket: 'files' }] as const;
  const path = 'files/dir/%C3%A4%20b%2Bc.md';
  beforeAll(async () => {
    azurite = await openAzurite();
    expect((await put(azurite, 'files?restype=container', null)).status).toBe(201);
    expect((await put(azurite, path, '# words')).status).toBe(201);
  });
  afterAll(() => azurite[Symbol.asyncDispose]());

  it("reads a blob signed with the account's key", async () => {
    await using fixture = openRemoteFixture({ sourceBuckets, azureConnectionString: azurite.connectionString });
    const content = await fixture.open(`azblob://${AZURITE_ACCOUNT}/${path}`);
    expect(content).toMatchObject({
      declaredMimeType: 'text/markdown',
      externalStorageType: 'azure_blob',
      externalId: `${AZURITE_ACCOUNT}/files/dir/ä b+c.md`,
    });
    expect(String(await readAll(content))).toBe('# words');
  });

  it('reads the same blob by its https address', async () => {
    await using fixture = openRemoteFixture({ sourceBuckets, azureConnectionString: azurite.connectionString });
    const uri = `https://${AZURITE_ACCOUNT}.blob.core.windows.net/${path}`;
    const content = await fixture.open(uri);
    expect(content).toMatchObject({ originalUri: uri, externalStorageType: 'azure_blob' });
    expect(String(await readAll(content))).toBe('# words');
  });

  it('reads with a connection string that holds a shared access signature', async () => {
    const sas = createSas(azurite, 'files/dir/ä b+c.md');
    const azureConnectionString = `AccountName=${AZURITE_ACCOUNT};BlobEndpoint=${azurite.endpoint};SharedAccessSignature=${sas}`;
    await using fixture = openRemoteFixture({ sourceBuckets, azureConnectionString });
    expect(await toRefusal(fixture.open(`azblob://${AZURITE_ACCOUNT}/${path}`))).toBe('let through 7 bytes');
  });

  it("reads a plain address with a signature of the caller's, and keeps none of it", async () => {
    const endpoint = new URL(azurite.endpoint);
    const allowHosts = [{ host: endpoint.hostname, port: Number(endpoint.port) }];
    await using fixture = openRemoteFixture({ allowHosts });
    const content = await fixture.open(`${azurite.endpoint}/${path}?${createSas(azurite, 'files/dir/ä b+c.md')}`);
    expect(content.originalUri).toBe(`${azurite.endpoint}/${path}`);
    expect(String(await readAll(content))).toBe('# words');
  });

  it('takes a signature over a range, as a resume sends it', async () => {
    const url = new URL(`${azurite.endpoint}/${path}`);
    const key = Buffer.from(azurite.key, 'base64');
    const range = { range: 'bytes=2-', 'if-range': '"any"' };
    const headers = signAzureGet(url, { account: AZURITE_ACCOUNT, key, headers: range, date: new Date() });
    const response = await fetch(url, { headers });
    expect([response.status, await response.text()]).toEqual([206, 'words']);
  });

  it('refuses a missing blob, a wrong key and a container that is not named', async () => {
    await using fixture = openRemoteFixture({ sourceBuckets, azureConnectionString: azurite.connectionString });
    expect(await toRefusal(fixture.open(`azblob://${AZURITE_ACCOUNT}/files/none`))).toMatch(/answered 404$/);
    expect(await toRefusal(fixture.open(`azblob://${AZURITE_ACCOUNT}/other/none`))).toMatch(/^forbidden/);
    const azureConnectionString = azurite.connectionString.replace('AccountKey=E', 'AccountKey=F');
    await using wrong = openRemoteFixture({ sourceBuckets, azureConnectionString });
    expect(await toRefusal(wrong.open(`azblob://${AZURITE_ACCOUNT}/${path}`))).toMatch(/answered 403$/);
  });
});

describe('Azure blobs', () => {
  it('are signed as azurite verified it', () => {
    const url = new URL('http://127.0.0.1:10000/devstoreaccount1/files/a%20b?versionid=v%2B1');
    const key = Buffer.from('key');
    const headers = signAzureGet(url, { account: 'acct', key, headers: { range: 'bytes=5-' }, date: new Date(0) });
    expect(headers).toEqual({
      range: 'bytes=5-',
      'x-ms-date': 'Thu, 01 Jan 1970 00:00:00 GMT',
      'x-ms-version': API,
      authorization: 'SharedKey acct:m8GV7/TNeVYaItS1cyqBI6dXsrxCc7fvtYIyXHVkBk4=',
    });
  });

  it('at an https address with a signature are fetched like anything else, their name kept and the signature not', async () => {
    await using fixture = openRemoteFixture({ names: { 'acct.blob.core.windows.net': ['10.0.0.1'] } });
    expect(await toRefusal(fixture.open('https://acct.blob.core.windows.net/files/a?sp=r&sig=secret'))).toMatch(
      /^remote_failed: .*no public address/,
    );
    expect(JSON.stringify(fixture.blocked)).not.toContain('secret');
  });

  it("of the connection's account are never asked for at a redirect's target", async () => {
    await using origin = await openHttpOrigin();
    await using fixture = openRemoteFixture({
      sourceBuckets: [{ kind: 'azure_blob', account: 'acct', bucket: 'moved' }],
      azureConnectionString: `AccountName=acct;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:${origin.port}`,
    });
    expect(await toRefusal(fixture.open('azblob://acct/moved/blob'))).toBe('remote_failed: the remote answered 302');
    expect(origin.requests.length).toBe(1);
  });
});

describe('a connection string', () => {
  it('gives account, endpoint and key', () => {
    const connection = parseAzureConnection(
      'DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5PT0=;EndpointSuffix=core.windows.net',
    );
    expect(connection).toEqual({
      account: 'acct',
      blobEndpoint: 'https://acct.blob.core.windows.net',
      key: Buffer.from('a2V5PT0=', 'base64'),
      sas: null,
    });
    expect(parseAzureConnection('UseDevelopmentStorage=true').account).toBe('devstoreaccount1');
  });

  it.each(['', 'AccountKey=secret', 'AccountName=a;BlobEndpoint=file:///secret'])(
    'is refused as %j without quoting it',
    (text) => {
      expect(() => parseAzureConnection(text)).toThrow(/^(?!.*secret).*Azure connection string/);
    },
  );
});
