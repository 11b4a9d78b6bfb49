// The nginx configuration of docs/proxies.md, as it stands there, in front of a gateway.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { findNginx, startNginx } from '../support/servers/nginx.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/proxies.md'), 'utf8');
const config = /^```nginx\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
/** Above nginx's own limits: 1 MiB for a body, 8 KiB of it in memory. */
const BYTES = randomBytes(3_000_000);

test('uploads, downloads and addresses come through nginx as it is documented', async (context) => {
  const nginx = findNginx();
  if (nginx === null) return context.skip('needs nginx');
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await spawnGateway({ env: { DATABASE_URL: database.url, TRUST_PROXY: '1' } });
  expect(config).toContain('server 127.0.0.1:3000;');
  const here = config.replace('127.0.0.1:3000', new URL(gateway.url).host);
  await using proxy = await startNginx(nginx, here);
  const headers = { authorization: `Bearer ${await gateway.token()}` };

  const form = new FormData();
  form.append('directory_path', '/proxied');
  form.append('file', new File([BYTES], 'large.bin'));
  const created = await fetch(`${proxy.url}/v1/resources`, { method: 'POST', headers, body: form });
  expect(created.status).toBe(200);
  const resource = (await created.json()) as { id: string; sha256: string };
  expect(resource.sha256).toBe(createHash('sha256').update(BYTES).digest('hex'));

  const address = `${proxy.url}/v1/resources/${resource.id}/download-url`;
  const link = (await (await fetch(address, { headers })).json()) as { url: string };
  expect(new URL(link.url).origin).toBe(proxy.url);
  const downloaded = Buffer.from(await (await fetch(link.url)).arrayBuffer());
  expect(downloaded.equals(BYTES)).toBe(true);
  expect((await fetch(`${proxy.url}/metrics`)).status).toBe(404);
  expect(gateway.output()).toContain('"clientAddress":"127.0.0.1"');
}, 120_000);

test('a bad token is refused through nginx before the body has been sent', async (context) => {
  const nginx = findNginx();
  if (nginx === null) return context.skip('needs nginx');
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await spawnGateway({ env: { DATABASE_URL: database.url } });
  await using proxy = await startNginx(nginx, config.replace('127.0.0.1:3000', new URL(gateway.url).host));
  const sending = request(`${proxy.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: 'Bearer no', 'content-type': 'application/json', 'content-length': 1_000_000 },
  });
  sending.on('error', () => undefined);
  const answered = new Promise<number | undefined>((told) => sending.once('response', (r) => told(r.statusCode)));
  sending.write('{"name":"a"');
  expect(await answered).toBe(401);
  sending.destroy();
}, 120_000);
