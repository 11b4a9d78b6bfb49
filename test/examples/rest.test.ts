import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BRINGING_MS, runTool } from '../support/tool.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/rest');

let gateway: Gateway;
let document: string;
beforeAll(async () => {
  await runTool('examples/rest');
  gateway = await startGateway();
  document = await (await fetch(`${gateway.url}/openapi.json`)).text();
}, BRINGING_MS);
afterAll(() => gateway[Symbol.asyncDispose]());

/** Runs a generator of the example, which reads the document from its standard input. @returns what it prints */
async function generate(script: string, args: readonly string[] = []): Promise<string> {
  const child = spawn(process.execPath, [join(EXAMPLE, script), ...args]);
  const exited = new Promise<number | null>((settle) => void child.once('close', settle));
  child.stdin.end(document);
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await exited) !== 0) throw new Error(complaints);
  return printed;
}

test('the generators compile', async () => {
  expect(await runTool('examples/rest', 'tsc', '-p', EXAMPLE)).toBe('');
});

test('a client generated from /openapi.json compiles strictly and talks to a gateway', async () => {
  const files = { 'schema.d.ts': await generate('generate.ts') };
  await using project = await openExample('rest/client', { files, packages: ['openapi-fetch'] });
  expect(await project.compile()).toBe('');
  expect(await project.run(gateway.url, await gateway.token({ account: 'openapi-fetch' }))).toEqual([
    ['created', 'a.txt', 5, ['new']],
    ['read', true],
    ['uploaded', 'f.txt', 4, ['sent'], { a: 1 }],
    ['replayed', true, 'true'],
    ['listed', ['a.txt'], null],
    ['refused', 409, true],
    ['renamed', 'b.txt', true],
    ['downloaded', 206, 'ell'],
    ['linked', 'Hello'],
    ['moved', { moved: 1 }],
    ['deleted', { deleted: 1 }],
    ['deleted again', { deleted: 0 }],
  ]);
});

test.each(['hey-api', 'orval'])('a client of %s uploads a file as a form, and sends a key', async (generator) => {
  await using project = await openExample(`rest/${generator}`, {
    fill: (directory) => generate(`generate-${generator}.ts`, [join(directory, 'generated'), gateway.url]),
  });
  expect(await project.compile()).toBe('');
  expect(await project.run(gateway.url, await gateway.token({ account: generator }))).toEqual([
    ['uploaded', 'f.txt', 'text/plain', 4, ['sent', 'twice'], { a: 1 }],
    ['replayed', true, 'true'],
    ['refused', 409, true],
  ]);
});
