import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import type { Transport } from '../../../src/http/transport.ts';
import { REST_STATUS } from '../../../src/rest/errors.ts';
import { mountRest } from '../../../src/rest/mount.ts';
import { mountReference } from '../../../src/rest/reference/mount.ts';
import { createOpenApiDocument } from '../../../src/schema/openapi/document.ts';

const document = createOpenApiDocument({ statusOf: REST_STATUS });
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, operation })),
);

async function openReference() {
  const app = Fastify();
  mountReference(app, { hasConsole: false });
  return { app, [Symbol.asyncDispose]: () => app.close() };
}

test('the document lists every route that REST serves, and no other', async () => {
  await using app = Fastify();
  const served: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) served.push(`${name} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  // Routes are only mounted here, never called.
  mountRest(app, {} as Transport);
  await app.ready();
  const documented = operations.map(({ call }) => call);
  // Fastify answers HEAD wherever it answers GET, and OPTIONS only tells what a path can.
  const isImplied = (call: string) => /^(HEAD|OPTIONS) /.test(call) && !documented.includes(call);
  expect(documented.sort()).toEqual(served.filter((call) => !isImplied(call)).sort());
});

test.each(operations)('$call has words, a name of its own, and a refusal for every caller', ({ operation }) => {
  expect(operation.summary).toMatch(/^[A-Z]/);
  expect(operation.description).toMatch(/\.$/);
  expect(operations.filter((other) => other.operation.operationId === operation.operationId)).toHaveLength(1);
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '500']));
});

test('every reference in the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, kind, id] of references) {
    expect(Object.keys(document.components[kind as 'schemas'])).toContain(id);
  }
});

test('the document names its version, licence and contact, and the codes behind each refusal', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(document.info).toMatchObject({
    version,
    license: { identifier: 'MIT' },
    contact: { name: expect.any(String) },
  });
  const told = Object.values(document.components.responses).flatMap(
    ({ headers }) => headers?.['X-Error-Code']?.schema.enum ?? [],
  );
  expect(told.sort()).toEqual(Object.keys(REST_STATUS).sort());
});

test('/openapi.json is the document', async () => {
  await using reference = await openReference();
  const answer = await reference.app.inject('/openapi.json');
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.json()).toEqual(document);
});

test('/docs tells of every operation and loads nothing', async () => {
  await using reference = await openReference();
  const { body, headers } = await reference.app.inject('/docs');
  for (const { operation } of operations) expect(body).toContain(`id="${operation.operationId}"`);
  for (const id of Object.keys(document.components.schemas)) expect(body).toContain(`id="schema-${id}"`);
  expect(body).not.toMatch(/<link|<img|\ssrc=|\sstyle=|<[^>]*\son\w+=|@import|https?:\/\//i);
  const digests = ['style', 'script'].map((element) => {
    const found = [...body.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))];
    expect(found).toHaveLength(1);
    return createHash('sha256')
      .update(found[0]?.[1] as string)
      .digest('base64');
  });
  expect(/<style>([\s\S]*?)<\/style>/.exec(body)?.[1]).not.toContain('url(');
  const policy = `default-src 'none'; style-src 'sha256-${digests[0]}'; script-src 'sha256-${digests[1]}'; `;
  expect(headers['content-security-policy']).toContain(policy);
});

test('every sample on the page has a button that copies it, and marks the address that the page replaces', async () => {
  await using reference = await openReference();
  const { body } = await reference.app.inject('/docs');
  const samples = [...body.matchAll(/<button type="button" class="copy"[^>]*>Copy<\/button>\n<pre>([\s\S]*?)<\/pre>/g)];
  expect(samples).toHaveLength(operations.length);
  for (const [, sample] of samples) expect(sample).toMatch(/^curl -s &quot;<span class="address">\$URL<\/span>\/v1\//);
});

test('every link on the page leads to a place on it or to one of ours', async () => {
  await using reference = await openReference();
  const { body } = await reference.app.inject('/docs');
  const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, target]) => target as string);
  for (const target of links) {
    if (target.startsWith('#')) expect(body).toContain(`id="${target.slice(1)}"`);
    else expect(['/openapi.json', '/graphql', 'openapi.json', 'graphql', 'console']).toContain(target);
  }
});
