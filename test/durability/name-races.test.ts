// A thousand creates of one name through two gateway processes on one PostgreSQL, under each policy.
import { createHash } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { runVerify } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { send } from '../support/transports/change-transports.ts';

const CREATES = 1_000;
const CLIENTS = 100;

type Created = { readonly outcome: string | null; readonly id: string; readonly name: string; readonly sha256: string };

test(`${CREATES} creates of one name are as many names, one resource or as many versions, as they ask`, async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  // None of the versions is thinned.
  const options = { ...deployment, env: { ...deployment.env, VERSIONS_MAX: String(CREATES) } };
  await using first = await spawnGateway(options);
  await using second = await spawnGateway(options);
  const token = await first.token('--scope', 'resources:read resources:write');

  /** The answers to creates that any client sends when its last one was answered, to one gateway and the other in turns. */
  async function race(policy: string, toText: (number: number) => string): Promise<readonly Created[]> {
    const created: Created[] = [];
    let next = 0;
    const run = async () => {
      for (let number = next++; number < CREATES; number = next++) {
        const { url } = number % 2 === 0 ? first : second;
        const content = `data:text/plain;base64,${Buffer.from(toText(number)).toString('base64')}`;
        const body = { name: 'a.txt', directory_path: `/${policy}`, content, on_conflict: policy };
        const { status, headers, json } = await send('POST', '/v1/resources', { url, token, body });
        expect(status, JSON.stringify(json)).toBe(200);
        created.push({ outcome: headers.get('resource-outcome'), ...json });
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, run));
    return created;
  }
  const count = (created: readonly Created[]) => {
    const groups = Object.groupBy(created, ({ outcome }) => outcome ?? 'none');
    return Object.fromEntries(Object.entries(groups).map(([outcome, list]) => [outcome, list?.length]));
  };
  const distinct = (values: readonly string[]) => [...new Set(values)].toSorted();

  const renamed = await race('rename', () => 'one content');
  expect(count(renamed)).toEqual({ created: 1, renamed: CREATES - 1 });
  const names = Array.from({ length: CREATES }, (_, at) => (at === 0 ? 'a.txt' : `a (${at + 1}).txt`));
  expect(renamed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());

  const kept = await race('keep', () => 'one content');
  expect(count(kept)).toEqual({ created: 1, kept: CREATES - 1 });
  expect(distinct(kept.map(({ id }) => id))).toHaveLength(1);

  const replaced = await race('replace', (number) => `content ${number}`);
  expect(count(replaced)).toEqual({ created: 1, replaced: CREATES - 1 });
  const [id, ...others] = distinct(replaced.map((one) => one.id));
  expect(others).toEqual([]);
  const versions: { number: number; sha256: string }[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { json } = await send('GET', `/v1/resources/${id}/versions?limit=200${query}`, { url: first.url, token });
    versions.push(...json.items);
    cursor = json.next_cursor;
  }
  expect(versions.map(({ number }) => number)).toEqual(Array.from({ length: CREATES }, (_, at) => CREATES - at));
  const sha256s = Array.from({ length: CREATES }, (_, number) =>
    createHash('sha256').update(`content ${number}`).digest('hex'),
  );
  expect(versions.map(({ sha256 }) => sha256).toSorted()).toEqual(sha256s.toSorted());

  expect(await runVerify(deployment)).toEqual([]);
}, 180_000);
