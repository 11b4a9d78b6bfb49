// What a frontend installs: its types, its weight, and that it runs as a module and as CommonJS.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { describe, expect, test } from 'vitest';
import { openClientProject } from '../support/client/client-package.ts';
import { startGateway } from '../support/gateway.ts';
import { BRINGING_MS, runTool } from '../support/tool.ts';

const run = promisify(execFile);
const MAX_GZIPPED_BYTES = 25_000;

const PROGRAM = `
import { createClient, type AppRouter, type Resource, type UploadProgress } from 'resource-gateway-client';
import { openFile } from 'resource-gateway-client/node';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Same<A, B> = [A, B] extends [B, A] ? true : false;
type Inputs = inferRouterInputs<AppRouter>;
const isExact: [
  Equal<Inputs['resource']['byId'], { id: string }>,
  Equal<Inputs['upload']['create']['sizeBytes'], number | null | undefined>,
  Same<inferRouterOutputs<AppRouter>['resource']['create'], Resource>,
] = [true, true, true];
void isExact;

declare const process: { argv: string[] };
const [, , url = '', token = ''] = process.argv;
const client = createClient({ url, token: async () => token });
const onProgress = ({ percent }: UploadProgress) => void percent;
const file = await openFile('package.json', { type: 'text/x-manifest' });
const made: Resource = await client.upload(file, { directoryPath: '/', onProgress });
// @ts-expect-error a directory is required
const wrong = () => client.upload(new Blob(), { name: 'x' });
void wrong;
const refusal = await client.api.resource.byId.query({ id: made.id });
console.log(refusal.name, refusal.mimeType);
`;
const settings = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module,
      moduleResolution,
      types: [],
      outDir: 'out',
    },
    files: ['program.ts'],
  });

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('compiles in a strict project with %s modules and %s resolution, and runs there', async (module, resolution) => {
  const files = { 'program.ts': PROGRAM, 'tsconfig.json': settings(module, resolution) };
  await using project = await openClientProject({ files });
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway();
  expect(await project.run('out/program.js', gateway.url, await gateway.token())).toBe(
    'package.json text/x-manifest\n',
  );
});

test('runs as CommonJS', async () => {
  const program = `const { createClient } = require('resource-gateway-client');
    const { openFile } = require('resource-gateway-client/node');
    openFile(__filename).then((file) =>
      createClient({ url: process.argv[2], token: process.argv[3] }).upload(file, { directoryPath: '/' }),
    ).then(({ name }) => console.log(name));`;
  await using project = await openClientProject({ files: { 'program.cjs': program } });
  await using gateway = await startGateway();
  expect(await project.run('program.cjs', gateway.url, await gateway.token())).toBe('program.cjs\n');
});

describe('the package', () => {
  test(`weighs less than ${MAX_GZIPPED_BYTES} bytes in a page, compressed, with all that it needs`, async () => {
    const files = {
      'index.js': "import { createClient } from 'resource-gateway-client'; globalThis.client = createClient;",
    };
    await using project = await openClientProject({ files });
    const built = await build({
      root: project.directory,
      configFile: false,
      logLevel: 'error',
      build: { write: false, rolldownOptions: { input: join(project.directory, 'index.js') } },
    });
    const { output } = built as Rollup.RollupOutput;
    const bytes = output.map((part) => gzipSync(part.type === 'chunk' ? part.code : part.source).length);
    expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  test(
    'has entries that every way of importing finds, with types of their own kind',
    async () => {
      await using project = await openClientProject({});
      expect(await runTool('tools/publish', 'publint', project.tarball, '--strict')).toContain('All good');
      // Its table looks different by the width and colours of where it is printed.
      const flags = ['--profile', 'node16', '--format', 'json'];
      const { analysis } = JSON.parse(await runTool('tools/publish', 'attw', project.tarball, ...flags));
      expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining(['.', './node']));
      const problems: { resolutionKind: string }[] = analysis.problems;
      expect(problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([]);
    },
    BRINGING_MS,
  );

  test('brings no dependency of the gateway', async () => {
    await using project = await openClientProject({});
    const { stdout } = await run('tar', ['-xOzf', project.tarball, 'package/package.json', 'package/dist/index.d.ts']);
    expect(stdout).not.toMatch(/from ['"](?!\.|@trpc\/)/);
    expect(stdout).not.toContain('fastify');
  });
});
