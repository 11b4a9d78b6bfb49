import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createProject, generate } from './project.ts';

let gateway: Gateway;
let document: string;
beforeAll(async () => {
  gateway = await startGateway();
  document = await (await fetch(`${gateway.url}/openapi.json`)).text();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('a client generated from /openapi.json compiles strictly and talks to a gateway', async () => {
  await using project = await createProject('client', {
    library: 'openapi-fetch',
    fill: async (directory) => writeFile(join(directory, 'schema.d.ts'), await generate('generate.ts', document)),
  });
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
  await using project = await createProject(generator, {
    library: null,
    fill: (directory) => generate(`generate-${generator}.ts`, document, [join(directory, 'generated'), gateway.url]),
  });
  expect(await project.compile()).toBe('');
  expect(await project.run(gateway.url, await gateway.token({ account: generator }))).toEqual([
    ['uploaded', 'f.txt', 'text/plain', 4, ['sent', 'twice'], { a: 1 }],
    ['replayed', true, 'true'],
    ['refused', 409, true],
  ]);
});
