// The README's examples as a reader pastes them: one after the other, against one running gateway.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { openExample, TRPC_PACKAGES } from '../support/examples/example-project.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const readme = readFileSync(resolve(ROOT, 'README.md'), 'utf8');
const examples = readme.slice(readme.indexOf('## The API in three transports'));

/** The fenced blocks of one language, in the order of the page. */
function blocks(language: string): string[] {
  return [...examples.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] as string);
}

/** Puts what this machine has in the place of an address that only the reader has. */
function substitute(text: string, line: string, value: string): string {
  const name = line.slice(0, line.indexOf('='));
  expect(text).toContain(`${line}\n`);
  return text.replace(line, `${name}=${value}`);
}

let gateway: GatewayProcess;
let source: string;
const cleanup = new AsyncDisposableStack();
beforeAll(async () => {
  // Stands for the public address of the example, which a test cannot count on.
  const remote = createServer((_request, response) => response.end('from somewhere else')).listen(0, '127.0.0.1');
  cleanup.defer(() => void remote.close());
  await once(remote, 'listening');
  source = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/rfc2397.txt`;
  // Starts sooner than the embedded one.
  const database = cleanup.use(await createDatabase(inject('postgresUrl')));
  const env = { URI_ALLOW_HOSTS: new URL(source).host, DATABASE_URL: database.url };
  gateway = cleanup.use(await spawnGateway({ env }));
});
afterAll(() => cleanup.disposeAsync());

test('every shell example succeeds when they are pasted one after the other', async () => {
  const shell = blocks('sh');
  expect(shell.length).toBeGreaterThan(8);
  const here = substitute(shell.join('\n'), 'URL=http://127.0.0.1:3000', gateway.url);
  const pasted = substitute(here, 'SOURCE=https://www.rfc-editor.org/rfc/rfc2397.txt', source);
  const script = `set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n${pasted}`;
  const env = { ...process.env, DATA_DIR: gateway.dataDir };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT, env });
  expect(stdout).not.toContain('"errors"');
  // What an item of a batch that is refused says.
  expect(stdout).not.toContain('"error":{');
}, 60_000);

test('every GraphQL example is answered without errors', async () => {
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
  const queries = blocks('graphql');
  expect(queries.length).toBeGreaterThan(2);
  for (const query of queries) {
    const body = JSON.stringify({ query });
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    const json = await answer.text();
    expect(json).not.toContain('"errors"');
    expect(json).not.toContain('"error":{');
  }
});

test('the TypeScript examples compile as one module and run', async () => {
  const given = [
    'declare const process: { argv: string[] };',
    "const [, , url = '', token = ''] = process.argv;",
    "const file = new File(['%PDF-1.7'], 'form.pdf');",
  ];
  const shown = 'console.log(JSON.stringify([refused, page.items.length > 0, below, await bytes.text()]));';
  const files = { 'client.ts': [...given, ...blocks('ts'), shown].join('\n') };
  await using project = await openExample('trpc', { files, packages: TRPC_PACKAGES });
  expect(await project.compile()).toBe('');
  expect(await project.run(gateway.url, await gateway.token())).toEqual([[[], true, ['/docs/many: 6'], 'Hello']]);
}, 120_000);
