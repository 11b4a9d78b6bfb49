import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createOriginContent, type HttpOrigin, openHttpOrigin } from '../support/servers/http-origin.ts';
import { type Answer, type Kind, TRANSPORTS } from '../support/transports/transports.ts';

let origin: HttpOrigin;
let gateway: Gateway;
beforeAll(async () => {
  origin = await openHttpOrigin();
  gateway = await startGateway({ URI_ALLOW_HOSTS: `127.0.0.1:${origin.port}`, SOURCE_BUCKETS: 's3://in' });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

type Row = {
  readonly says: string;
  /** A path is one of the origin's. */
  readonly uri: string;
  readonly name?: string;
  readonly kind: Kind;
  readonly expect: { readonly [field: string]: unknown } | RegExp;
};

const bytes = createOriginContent();
const stored = { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), externalId: null };
const PRIVATE = /no public address/;

const ROWS: readonly Row[] = [
  {
    says: 'copies a remote file',
    uri: '/file',
    kind: 'ok',
    expect: { ...stored, mimeType: expect.stringMatching(/^text\/plain/) },
  },
  { says: 'follows a redirect', uri: '/redirect?to=/file', kind: 'ok', expect: stored },
  { says: 'resumes a fetch that breaks midway', uri: '/cut', kind: 'ok', expect: stored },
  {
    says: "falls back on the name's type",
    uri: '/untyped',
    name: 'a.csv',
    kind: 'ok',
    expect: { mimeType: 'text/csv' },
  },
  {
    says: 'ignores a type that is none',
    uri: '/odd-type',
    name: 'a',
    kind: 'ok',
    expect: { mimeType: 'application/octet-stream' },
  },
  { says: 'refuses a missing remote file', uri: '/status/404', kind: 'bad_request', expect: /404/ },
  { says: 'refuses a failing remote', uri: '/status/503', kind: 'bad_request', expect: /503/ },
  { says: 'refuses a cut remote file', uri: '/cut-always', kind: 'bad_request', expect: /remote/ },
  { says: 'refuses a lying length', uri: '/short', kind: 'bad_request', expect: /remote/ },
  { says: 'refuses an encoded answer', uri: '/gzip', kind: 'bad_request', expect: /encod/ },
  { says: 'refuses a redirect loop', uri: '/loop', kind: 'bad_request', expect: /redirect/ },
  { says: 'refuses what is far too large', uri: '/too-large', kind: 'bad_request', expect: /larger|large/ },
  { says: 'refuses a private address', uri: 'http://10.0.0.1/', kind: 'bad_request', expect: PRIVATE },
  { says: 'refuses loopback by another spelling', uri: 'http://0x7f.1/', kind: 'bad_request', expect: PRIVATE },
  {
    says: 'refuses the metadata address',
    uri: 'http://169.254.169.254/latest/meta-data/',
    kind: 'bad_request',
    expect: PRIVATE,
  },
  {
    says: 'refuses a name that resolves to nothing with the same words',
    uri: 'http://no-such-host.invalid/',
    kind: 'bad_request',
    expect: PRIVATE,
  },
  {
    says: 'refuses a redirect to a private address',
    uri: '/redirect?to=http://127.0.0.1/',
    kind: 'bad_request',
    expect: PRIVATE,
  },
  { says: 'refuses another port', uri: 'http://example.com:22/', kind: 'bad_request', expect: /port 80 or 443/ },
  { says: 'refuses user info', uri: 'http://a:b@example.com/', kind: 'bad_request', expect: /user name/ },
  { says: 'refuses another scheme', uri: 'file:///etc/passwd', kind: 'bad_request', expect: /uri/ },
  { says: 'refuses a data URI as a uri', uri: 'data:text/plain;base64,QQ==', kind: 'bad_request', expect: /uri/ },
  { says: 'refuses an empty uri', uri: '', kind: 'bad_request', expect: /uri/ },
  { says: 'refuses a bucket that is not named', uri: 's3://other/key', kind: 'forbidden', expect: /other/ },
  {
    says: 'refuses a container that is not named',
    uri: 'azblob://account/container/key',
    kind: 'forbidden',
    expect: /container/,
  },
];

describe('every transport', () => {
  test.each(ROWS)('$says', async ({ uri, name = 'a', kind, expect: expected }) => {
    const full = uri.startsWith('/') ? `http://127.0.0.1:${origin.port}${uri}` : uri;
    const answers: Answer[] = [];
    for (const transport of TRANSPORTS) {
      const token = await gateway.token({ account: crypto.randomUUID() });
      const answer = await transport.create({ name, directoryPath: '/', uri: full }, { url: gateway.url, token });
      answers.push(answer);
      expect(answer.kind, `${transport.name}: ${answer.message}`).toBe(kind);
      expect(answer.message).toBe(answers[0]?.message);
      if (expected instanceof RegExp) expect(answer.message).toMatch(expected);
      else expect(answer.resource).toMatchObject({ ...expected, originalUri: full });
    }
  });

  test('keeps no fragment and no signature of a uri', async () => {
    const uri = `http://127.0.0.1:${origin.port}/file?a=1&X-Amz-Signature=secret&token=secret#part`;
    const target = { url: gateway.url, token: await gateway.token() };
    const [rest] = TRANSPORTS;
    const answer = await rest?.create({ name: 'signed', directoryPath: '/', uri }, target);
    expect(answer?.resource?.originalUri).toBe(`http://127.0.0.1:${origin.port}/file?a=1`);
  });
});
