import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTRPCClient, httpLink } from '@trpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  listFiles,
  listTrash,
  readDirectory,
  readDownloadUrl,
  readFile,
  readUsage,
  updateFile,
} from '../../console/src/calls/calls.ts';
import { type Call, toCurl, toGraphql, toTrpc } from '../../console/src/calls/spell.ts';
import type { AppRouter } from '../../src/resolvers/trpc/router.ts';
import { fillLibrary } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
let id: string;

beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
  const sample = {
    directory_path: "/it's",
    type: 'text/plain',
    bytes: 'x',
    metadata: { a: "it's" },
    tags: ['a b', 'c&d'],
  };
  [id = ''] = await fillLibrary(gateway, [{ ...sample, name: 'a.txt' }]);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
});

const FILTER = {
  directoryPath: "/it's",
  recursive: true,
  tagsAll: ['a b', 'c&d'],
  metadata: { a: "it's" },
  minSizeBytes: 1,
  createdFrom: '2020-01-01T00:00:00.000Z',
  sort: 'size',
  order: 'desc',
  limit: 10,
};

/** Each with what its answer has to name in every transport. */
const CALLS: readonly [what: string, call: () => Call, named: () => string][] = [
  ['a list', () => listFiles(FILTER), () => id],
  ['a directory', () => readDirectory("/it's"), () => '1'],
  ['a file', () => readFile(id), () => id],
  ['an address', () => readDownloadUrl(id), () => `/v1/resources/${id}/content`],
  ['the trash', () => listTrash(), () => 'items'],
  ['usage', () => readUsage(), () => 'reserved'],
  ['a change', () => updateFile(id, { tags: ['a b', 'c&d'], metadata: { a: "it's" } }), () => id],
];

test.each(CALLS)('the line of curl for %s does what it says', async (_what, toCall, named) => {
  const line = toCurl(toCall(), gateway.url);
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env: { ...process.env, TOKEN: token } });
  expect(stdout).toContain(named());
  expect(stdout).not.toContain('"error"');
});

test.each(CALLS)('the document of GraphQL for %s does what it says', async (_what, toCall, named) => {
  const { graphql } = toCall();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: graphql?.document, variables: graphql?.variables }),
  });
  const text = await response.text();
  expect(text).toContain(named());
  expect(text).not.toContain('"errors"');
});

test.each(CALLS)('the line of tRPC for %s does what it says', async (_what, toCall, named) => {
  const links = [httpLink({ url: `${gateway.url}/trpc`, headers: { authorization: `Bearer ${token}` } })];
  const client = createTRPCClient<AppRouter>({ links });
  const program = new Function('client', `return (async () => { ${toTrpc(toCall())} return result; })()`);
  expect(JSON.stringify(await program(client))).toContain(named());
});

test('the variables follow the document, as GraphiQL wants them apart', () => {
  expect(toGraphql(readFile('1'))).toContain('# Variables\n{\n  "id": "1"\n}');
});
