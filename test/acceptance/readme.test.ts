// The README's examples as a reader pastes them: one after the other, in one shell, against a running gateway.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const readme = readFileSync(resolve(ROOT, 'README.md'), 'utf8');
const examples = readme.slice(readme.indexOf('## The API in three tongues'));

/** The fenced blocks of one language, in the order of the page. */
function blocks(language: string): string[] {
  return [...examples.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] as string);
}

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await spawnGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('every shell example succeeds when they are pasted one after the other', async () => {
  const shell = blocks('sh');
  expect(shell.length).toBeGreaterThan(4);
  expect(shell.join('\n')).toContain('URL=http://127.0.0.1:3000\n');
  const pasted = shell.join('\n').replace('URL=http://127.0.0.1:3000', `URL=${gateway.url}`);
  const script = `set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n${pasted}`;
  const env = { ...process.env, DATA_DIR: gateway.dataDir };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT, env });
  expect(stdout).not.toContain('"errors"');
}, 60_000);

test('every GraphQL example is answered without errors', async () => {
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
  const queries = blocks('graphql');
  expect(queries.length).toBeGreaterThan(0);
  for (const query of queries) {
    const body = JSON.stringify({ query });
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    expect(await answer.json()).not.toHaveProperty('errors');
  }
});
