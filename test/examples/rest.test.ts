import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/rest');
/** What the generated client runs on. */
const LIBRARY = 'openapi-fetch';

/** What the generator makes of a document. */
async function generate(document: string): Promise<string> {
  const child = spawn(process.execPath, [join(EXAMPLE, 'generate.ts')]);
  child.stdin.end(document);
  const [types, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (types === '') throw new Error(complaints);
  return types;
}

/** A project of its own: the generated types, the program, and the client library it runs on. */
async function createProject(types: string) {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-rest-client-'));
  await cp(join(EXAMPLE, 'client'), directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }');
  await writeFile(join(directory, 'schema.d.ts'), types);
  await mkdir(join(directory, 'node_modules'));
  const library = dirname(createRequire(join(EXAMPLE, 'generate.ts')).resolve(`${LIBRARY}/package.json`));
  await symlink(library, join(directory, 'node_modules', LIBRARY));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

test('a client generated from /openapi.json compiles strictly and talks to a gateway', async () => {
  await using gateway = await startGateway();
  const document = await (await fetch(`${gateway.url}/openapi.json`)).text();
  await using project = await createProject(await generate(document));
  const compiled = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project.directory]).catch((error) => error);
  expect(compiled.stdout).toBe('');
  const program = join(project.directory, 'out/client.js');
  const { stdout } = await run(process.execPath, [program, gateway.url, await gateway.token()]);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
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
