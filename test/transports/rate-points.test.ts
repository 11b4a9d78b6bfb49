import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { ASKS, CREATES, toFreshTarget } from '../support/transports/rate-asks.ts';

const POINTS = 1_000;

const cleanup = new AsyncDisposableStack();
let counted: Gateway;
let scarce: [Gateway, Gateway];
beforeAll(async () => {
  const open = async (ratePoints: string, count: number) => {
    const database = cleanup.use(await createDatabase(inject('postgresUrl')));
    const first = cleanup.use(await startGateway({ DATABASE_URL: database.url, RATE_POINTS: ratePoints }));
    const gateways = [first];
    while (gateways.length < count) {
      const env = { DATABASE_URL: database.url, RATE_POINTS: ratePoints, DATA_DIR: first.dataDir };
      gateways.push(cleanup.use(await startGateway(env)));
    }
    return gateways;
  };
  [counted] = (await open(`${POINTS}/3600`, 1)) as [Gateway];
  scarce = (await open('40/3600', 2)) as [Gateway, Gateway];
});
afterAll(() => cleanup.disposeAsync());

const fresh = (gateway: Gateway) => toFreshTarget(gateway, randomUUID());

describe('an account pays', () => {
  test.each(ASKS)('$cost points for a $says', async ({ ask, cost }) => {
    const response = await ask(await fresh(counted));
    await response.arrayBuffer();
    expect(response.headers.get('ratelimit-policy')).toBe(`"default";q=${POINTS};w=3600`);
    expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${POINTS - cost};t=3[56]\\d\\d$`));
  });

  test('nothing for what its token does not hold, and is told nothing', async () => {
    const response = await fetch(`${counted.url}/v1/resources`, { headers: { authorization: 'Bearer no' } });
    expect(response.status).toBe(401);
    expect(response.headers.has('ratelimit')).toBe(false);
  });
});

describe('an account without points', () => {
  const refusals = [
    ...CREATES.filter(({ cost }) => cost <= 15).map((one) => ({
      ...one,
      status: one.says.startsWith('GraphQL') ? 200 : 429,
    })),
    { ...ASKS.find(({ says }) => says === 'REST list'), status: 429 },
  ].map((one) => ({ ...one, status: /^REST (create|form)/.test(String(one.says)) ? 403 : one.status }));

  test.each(refusals)('is refused a $says, and told when to come again', async ({ ask, status }) => {
    const target = await fresh(scarce[0]);
    const spent = await fetch(`${target.url}/v1/resources/delete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ids: Array(8).fill('00000000-0000-7000-8000-000000000000') }),
    });
    expect(spent.headers.get('ratelimit')).toContain('r=0');
    const response = (await ask?.(target)) as Response;
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toMatch(/^3[56]\d\d$/);
    expect(response.headers.get('ratelimit')).toContain('r=0');
    const text = await response.text();
    expect(text).toContain('your account has used up its 40 points in 3600 s; try again in');
    expect(response.headers.get('x-error-code') ?? text).toContain('rate_limited');
  });

  test('reads the same numbers in the extensions of GraphQL and the data of tRPC', async () => {
    const target = await fresh(counted);
    const ask = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' };
      const response = await fetch(`${target.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return JSON.parse(await response.text());
    };
    const numbers = (remaining: number) => ({
      points: POINTS,
      windowSeconds: 3_600,
      remaining,
      resetSeconds: expect.any(Number),
    });
    const query = await ask('/graphql', { query: '{ directory(path: "/") { path } }' });
    expect(query.extensions.rateLimit).toEqual(numbers(POINTS - 1));
    const wrong = await ask('/trpc/resource.delete', { id: '00000000-0000-7000-8000-000000000000', ifMatch: 'no' });
    expect(wrong.error.data.rateLimit).toEqual(numbers(POINTS - 6));
  });

  test('is refused before a long content has arrived', async () => {
    const target = await fresh(scarce[0]);
    for (let asked = 0; asked < 41; asked += 1) await ASKS.find(({ says }) => says === 'REST list')?.ask(target);
    const sent = Buffer.from(`{"name":"a","directory_path":"/","content":"data:;base64,${'A'.repeat(400_000)}`);
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(sent) });
    const response = await fetch(`${target.url}/v1/resources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-error-code')).toBe('rate_limited');
  });
});

test('two gateways never give more than there is, and seldom ask the database', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const env = { DATABASE_URL: database.url, RATE_POINTS: '600/3600' };
  await using first = await startGateway(env);
  await using second = await startGateway({ ...env, DATA_DIR: first.dataDir });
  const token = await first.token();
  const urls = [first.url, second.url];
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (number: number) => {
    const response = await fetch(`${urls[number % 2]}/v1/directories?path=/`, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = await Promise.all(Array.from({ length: 900 }, (_, number) => ask(number)));
  const allowed = statuses.filter((status) => status !== 429).length;
  expect(allowed).toBeLessThanOrEqual(600);
  expect(allowed).toBeGreaterThanOrEqual(570);
  const asked = await Promise.all(urls.map(countLeases));
  expect(Math.max(...asked)).toBeLessThan(45);
}, 60_000);

async function countLeases(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const count = /gateway_dependency_duration_seconds_count\{[^}]*call="leasePoints"[^}]*\} (\d+)/.exec(metrics)?.[1];
  return Number(count ?? Number.NaN);
}
