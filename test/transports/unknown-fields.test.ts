import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';

const HELLO = 'data:text/plain;base64,SGVsbG8=';
let files = 0;
const create = (more: { [key: string]: unknown } = {}) => {
  files += 1;
  return { name: `${files}`, directory_path: '/', content: HELLO, ...more };
};

let gateway: Gateway;
let target: { url: string; token: string };
beforeAll(async () => {
  gateway = await startGateway();
  target = {
    url: gateway.url,
    token: await gateway.token({ scope: 'resources:read resources:write resources:delete' }),
  };
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function sendText(path: string, body: string | Uint8Array<ArrayBuffer>, contentType = 'application/json') {
  const headers = { authorization: `Bearer ${target.token}`, 'content-type': contentType };
  const response = await fetch(`${target.url}${path}`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

async function sendForm(path: string, fields: readonly (readonly [string, string])[]) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append('file', new Blob(['x']), 'a');
  const headers = { authorization: `Bearer ${target.token}` };
  const response = await fetch(`${target.url}${path}`, { method: 'POST', headers, body: form });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe("the JSON of the contract's create", () => {
  const post = (body: unknown) => send('POST', '/v1/resources', { ...target, body });

  test('ignores what it does not know and names it in a header', async () => {
    const { status, headers, json } = await post(create({ expected_sha: 'x', 'é, "\r\n': 1 }));
    expect([status, headers.get('ignored-fields')]).toEqual([200, 'expected_sha, %C3%A9%2C%20%22%0D%0A']);
    expect(Object.keys(json)).not.toContain('expected_sha');
    expect(headers.get('access-control-expose-headers')).toContain('ignored-fields');
  });

  test('names what it ignored beside a refusal too', async () => {
    const { status, headers } = await post(create({ name: '', directoryPath: '/' }));
    expect([status, headers.get('ignored-fields')]).toEqual([400, 'directoryPath']);
  });

  test('has no such header when all was understood', async () => {
    expect((await post(create({ metadata: { anything: 1 } }))).headers.get('ignored-fields')).toBeNull();
  });

  test('names twenty at most, and of each a part', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${index}-${'é'.repeat(90)}`, 1]));
    const { status, headers } = await post(create(many));
    expect(status).toBe(200);
    const names = headers.get('ignored-fields')?.split(', ') ?? [];
    expect(names.map((name) => decodeURIComponent(name).length)).toEqual(Array.from({ length: 20 }, () => 40));
  });
});

describe('a key that is not known', () => {
  test.each([
    ['PATCH', '/v1/resources/x', { tag: ['a'] }, '"tag" is not known here; did you mean tags?'],
    [
      'PATCH',
      '/v1/resources/x',
      { directoryPath: '/' },
      '"directoryPath" is not known here; did you mean directory_path?',
    ],
    ['PATCH', '/v1/resources/x', { colour: 'red' }, '"colour" is not known here; leave it out'],
    ['POST', '/v1/resources/delete', { ids: [], id: 'x' }, '"id" is not known here; did you mean ids?'],
    ['POST', '/v1/resources/batch', { items: [], item: 1 }, '"item" is not known here; did you mean items?'],
    ['POST', '/v1/directories/move', { form: '/a', to: '/b' }, '"form" is not known here; did you mean from?'],
    ['DELETE', '/v1/directories?path=/a&recursive=true', undefined, '"recursive" is not known here; leave it out'],
    ['GET', '/v1/resources?limt=1', undefined, '"limt" is not known here; did you mean limit?'],
    ['GET', '/v1/resources/by-path?directory_path=/&nam=a', undefined, '"nam" is not known here; did you mean name?'],
    ['GET', '/v1/directories?path=/&cursr=a', undefined, '"cursr" is not known here; did you mean cursor?'],
    [
      'GET',
      '/v1/resources/x/content?dispositoin=inline',
      undefined,
      '"dispositoin" is not known here; did you mean disposition?',
    ],
  ])('is refused by %s %s %j', async (...[method, path, body, error]) => {
    const { status, json } = await send(method, path, { ...target, ...(body === undefined ? {} : { body }) });
    expect([status, json]).toEqual([400, { error }]);
  });

  test.each([
    ['create', { nmae: 'a', directoryPath: '/', content: HELLO }, '"nmae" is not known here; did you mean name?'],
    ['update', { id: 'x', if_match: 'a' }, '"if_match" is not known here; did you mean ifMatch?'],
    ['delete', { id: 'x', ifmatch: 'a' }, '"ifmatch" is not known here; did you mean ifMatch?'],
    ['deleteMany', { ids: [], more: 1 }, '"more" is not known here; leave it out'],
    ['createMany', { items: [], itens: 1 }, '"itens" is not known here; did you mean items?'],
    ['moveDirectory', { from: '/a', To: '/b' }, '"To" is not known here; did you mean to?'],
    ['deleteDirectory', { path: '/a', force: true }, '"force" is not known here; leave it out'],
  ])('is refused by resource.%s %j', async (procedure, body, message) => {
    const { status, json } = await send('POST', `/trpc/resource.${procedure}`, { ...target, body });
    expect([status, json.error.message]).toEqual([400, message]);
  });

  test.each([
    ['byId', { id: 'x', ID: 'y' }],
    ['byPath', { directoryPath: '/', name: 'a', nam: 1 }],
    ['list', { limt: 1 }],
    ['directory', { path: '/', depth: 1 }],
    ['downloadUrl', { id: 'x', inline: true }],
  ])('is refused by resource.%s %j', async (procedure, input) => {
    const path = `/trpc/resource.${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;
    const { status, json } = await send('GET', path, target);
    expect([status, json.error.message]).toEqual([400, expect.stringMatching(/^"\w+" is not known here; /)]);
  });

  test.each([
    ['tags[]', '"tags[]" is not known here; did you mean tags?'],
    ['metadata[x]', '"metadata[x]" is not known here; did you mean metadata?'],
    ['colour', '"colour" is not known here; leave it out'],
  ])('is refused in a form: %s', async (name, sentence) => {
    const rest = await sendForm('/v1/resources', [
      ['directory_path', '/'],
      ['name', 'form'],
      [name, '1'],
    ]);
    expect([rest.status, rest.json]).toEqual([400, { error: sentence }]);
    const trpc = await sendForm('/trpc/resource.create', [
      ['directoryPath', '/'],
      ['name', 'form'],
      [name, '1'],
    ]);
    expect([trpc.status, trpc.json.error.message]).toEqual([400, sentence]);
  });

  test('is quoted in part when it is long, and not looked up', async () => {
    const { status, json } = await send('PATCH', '/v1/resources/x', { ...target, body: { ['n'.repeat(500_000)]: 1 } });
    expect([status, json.error]).toEqual([400, `"${'n'.repeat(40)}…" is not known here; leave it out`]);
  });
});

describe('a number beyond doubles in metadata', () => {
  const refusal = 'metadata must not contain a number too large for a double; send it as a string';
  const fields = (path: string) => `"name":"huge","${path}":"/","content":"${HELLO}","metadata":{"a":[-1e999]}`;

  test.each([
    ['REST', '/v1/resources', `{${fields('directory_path')}}`],
    ['REST in a list', '/v1/resources/batch', `{"items":[{${fields('directory_path')}}]}`],
    ['tRPC', '/trpc/resource.create', `{${fields('directoryPath')}}`],
    ['tRPC in a list', '/trpc/resource.createMany', `{"items":[{${fields('directoryPath')}}]}`],
    ['tRPC in a batch', '/trpc/resource.create?batch=1', `{"0":{${fields('directoryPath')}}}`],
    [
      'GraphQL',
      '/graphql',
      `{"query":"mutation($i:CreateResourceInput!){createResource(input:$i){id}}","variables":{"i":{${fields('directoryPath')}}}}`,
    ],
    [
      'GraphQL as a literal',
      '/graphql',
      JSON.stringify({
        query: `mutation{createResource(input:{name:"huge",directoryPath:"/",content:"${HELLO}",metadata:{a:1e999}}){id}}`,
      }),
    ],
  ])('is refused over %s', async (_transport, path, body) => {
    expect(JSON.stringify((await sendText(path, body)).json)).toContain(refusal);
  });

  test('is refused in a form', async () => {
    const { status, json } = await sendForm('/v1/resources', [
      ['directory_path', '/'],
      ['metadata', '{"a":1e999}'],
    ]);
    expect([status, json.error]).toEqual([400, refusal]);
  });
});

describe("a form's file name that is not UTF-8", () => {
  const form = (disposition: string, more = '') =>
    Buffer.from(
      `--cut\r\nContent-Disposition: form-data; name="directory_path"\r\n\r\n/\r\n${more}` +
        `--cut\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\n\r\nx\r\n--cut--\r\n`,
      'latin1',
    );
  const post = (body: Uint8Array<ArrayBuffer>) => sendText('/v1/resources', body, 'multipart/form-data; boundary=cut');

  test('is refused where it would be the name', async () => {
    const { status, json } = await post(form('filename="caf\xe9.txt"'));
    expect([status, json.error]).toEqual([
      400,
      expect.stringMatching(/^name must be given, or the name of the file be sent in UTF-8/),
    ]);
  });

  test('does no harm beside a name', async () => {
    const name = '--cut\r\nContent-Disposition: form-data; name="name"\r\n\r\nnamed.txt\r\n';
    expect((await post(form('filename="caf\xe9.txt"', name))).json.name).toBe('named.txt');
  });

  test('may be said with its encoding', async () => {
    expect((await post(form("filename*=iso-8859-1''caf%E9.txt"))).json.name).toBe('café.txt');
  });
});
