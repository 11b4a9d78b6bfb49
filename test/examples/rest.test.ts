import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { startGateway } from '../support/gateway.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/rest');

/** What the generator makes of a document. */
async function generate(document: string): Promise<string> {
  const child = spawn(process.execPath, [join(EXAMPLE, 'generate.ts')]);
  child.stdin.end(document);
  const [types, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (types === '') throw new Error(complaints);
  return types;
}

test('a client generated from /openapi.json compiles strictly and talks to a gateway', async () => {
  await using gateway = await startGateway();
  const document = await (await fetch(`${gateway.url}/openapi.json`)).text();
  const files = { 'schema.d.ts': await generate(document) };
  await using project = await openExample('rest/client', { files, packages: ['openapi-fetch'] });
  expect(await project.compile()).toBe('');
  expect(await project.run(gateway.url, await gateway.token())).toEqual([
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
