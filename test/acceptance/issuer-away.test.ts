import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { openIssuer } from '../support/servers/issuer.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { readMetrics } from '../support/transports/observing.ts';

const MINUTE_MS = 60_000;
const STALE_SECONDS = 3_600;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());
const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);

test('a gateway whose issuer has died is ready while the last good keys serve on, and then not; the metrics tell', async () => {
  await using issuer = await openIssuer();
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await startGateway({
    DATABASE_URL: database.url,
    AUTH_JWKS_URL: issuer.jwksUrl.href,
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: issuer.audience,
    AUTH_JWKS_STALE_SECONDS: String(STALE_SECONDS),
    SWEEP_INTERVAL_MS: '0',
  });
  const issue = () => issuer.issueToken({ ttlSeconds: 4 * 3_600 });
  const [first, second, third] = [await issue(), await issue(), await issue()];
  const list = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${gateway.url}/v1/resources`, { headers })).status;
  };
  const readyz = async () => {
    const answer = await fetch(`${gateway.url}/readyz`);
    return [answer.status, await answer.json()];
  };
  const look = async () => {
    const samples = await readMetrics(gateway);
    const fetches = (outcome: string) =>
      samples.get(`gateway_dependency_duration_seconds_count{dependency="keys",call="fetch",outcome="${outcome}"}`) ??
      0;
    return {
      stale: samples.get('gateway_keys_stale'),
      ageSeconds: Math.floor(samples.get('gateway_keys_age_seconds') ?? -1),
      fetched: fetches('ok'),
      failed: fetches('failed'),
    };
  };

  expect(await look()).toEqual({ stale: 0, ageSeconds: 0, fetched: 0, failed: 0 });
  expect(await list(first)).toBe(200);
  expect(await look()).toMatchObject({ stale: 0, fetched: 1, failed: 0 });
  await issuer.close();

  advance(5 * MINUTE_MS);
  expect(await readyz()).toEqual([200, { status: 'ok' }]);
  expect(await list(second)).toBe(200);
  const whileStale = await look();
  expect(whileStale).toMatchObject({ stale: 1, fetched: 1, failed: 1 });
  expect(whileStale.ageSeconds).toBeGreaterThanOrEqual(300);

  advance(STALE_SECONDS * 1_000);
  expect(await readyz()).toEqual([503, { status: 'unavailable', unready: ['keys'] }]);
  expect(await list(third)).toBe(500);
  expect(await look()).toMatchObject({ stale: 1, fetched: 1 });
});
