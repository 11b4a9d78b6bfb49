// The kill test of what is replaced, deleted and restored, written once for each kind of deployment.
import { createHash, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../acceptance/process.ts';
import { expectBlobsTrue, expectSweptClean } from './audit.ts';
import { type Deployment, type DeploymentOptions, openDeployment } from './deployment.ts';
import { type History, type HistoryLoad, isSamePlace, type Place, STEP_KINDS, startHistoryLoad } from './histories.ts';
import { ROUNDS } from './rounds.ts';

const KILLS = Math.max(ROUNDS, 4);
const TIMEOUT_MS = 60_000 + KILLS * 40_000;

type Row = {
  readonly id: string;
  /** Null for versions of a resource that is not. */
  readonly state: 'live' | 'trashed' | null;
  readonly place: string | null;
  readonly contents: readonly string[];
  readonly numbers: readonly number[];
};

/** Every resource and what is in the trash, with all contents from the first on. */
const ROWS = `
with records as (select 'live' as state, id, blob_id, version, directory_path, name from resources
    union all select 'trashed', id, blob_id, version, directory_path, name from trash),
  contents as (select id, version as number, blob_id from records
    union all select resource_id, number, blob_id from resource_versions)
select contents.id::text as id, state, directory_path || '/' || name as place,
  array_agg(sha256 order by number) as contents, array_agg(number order by number) as numbers
from contents join blobs on blobs.id = blob_id left join records on records.id = contents.id
group by contents.id, state, directory_path, name`;

/** @throws when a version has no resource, or a number is missing */
async function readPlaces(deployment: Deployment): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const { id, state, place, contents, numbers } of await deployment.query<Row>(ROWS)) {
    if (state === null || place === null) throw new Error(`${id} is gone, and its versions are not`);
    expect(numbers, place).toEqual(numbers.map((_, index) => index + 1));
    const history: History = { id, contents };
    const held = places.get(place) ?? { live: null, trashed: null };
    expect(held[state], place).toBeNull();
    places.set(place, { ...held, [state]: history });
  }
  return places;
}

type Downloads = { readonly gateway: GatewayProcess; readonly token: string; readonly seen: Set<string> };

/** Downloads each content of what is there that was not downloaded before. */
async function expectDownloadable(places: Iterable<Place>, { gateway, token, seen }: Downloads): Promise<void> {
  for (const { live } of places) {
    for (const [index, sha256] of (live?.contents ?? []).entries()) {
      const path = `/v1/resources/${live?.id}/versions/${index + 1}/content`;
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect([response.status, createHash('sha256').update(bytes).digest('hex')], path).toEqual([200, sha256]);
    }
  }
}

const KILLED = 'killed-gateway';

/** The connections of the process that is to be killed: what they were asked for goes on until the database notices. */
const CONNECTIONS = `select pid from pg_stat_activity
  where application_name = '${KILLED}' and datname = current_database()`;

function expectAnswersTrue(load: HistoryLoad, places: ReadonlyMap<string, Place>): void {
  for (const { place, states } of load.possible()) {
    const found = places.get(place) ?? { live: null, trashed: null };
    // What was not answered has been done as a whole or not at all.
    expect(states.some((state) => isSamePlace(state, found)) || { place, found, states }).toBe(true);
  }
  const common = [...places].filter(([place]) => place.startsWith('/common/')).map(([, { live }]) => live as History);
  const hadBy = new Map(common.map(({ id, contents }) => [id, new Set(contents)]));
  expect(load.acknowledged.filter(({ id, sha256 }) => !hadBy.get(id)?.has(sha256))).toEqual([]);
}

/** Contents at places in common that nobody has sent there. */
const inventedIn = (places: ReadonlyMap<string, Place>, sent: ReadonlySet<string>) =>
  [...places]
    .filter(([place]) => place.startsWith('/common/'))
    .flatMap(([, { live }]) => live?.contents ?? [])
    .filter((sha256) => !sent.has(sha256));

export function testHistoryKills(name: string, options: DeploymentOptions): void {
  const sentence = `what is replaced, deleted and restored on ${name} is as it was answered, with one of two gateways killed ${KILLS} times`;
  test(sentence, { timeout: TIMEOUT_MS }, async () => {
    await using deployment = await openDeployment(options);
    // None of them is thinned, so that every one can be asked for.
    const env = { ...deployment.env, VERSIONS_MAX: '1000000' };
    await using survivor = await spawnGateway({ ...deployment, env });
    const token = await survivor.token('--scope', 'resources:read resources:write resources:delete');
    const toKill = { ...env, DATABASE_URL: `${deployment.env.DATABASE_URL}?application_name=${KILLED}` };
    const sent = new Set<string>();
    const kinds = new Set<string>();
    const downloaded = new Set<string>();
    let places: ReadonlyMap<string, Place> = new Map();
    let unanswered = 0;
    for (let round = 1; round <= KILLS; round += 1) {
      await using gateway = await spawnGateway({ ...deployment, env: toKill });
      const urls = [gateway.url, gateway.url, gateway.url, gateway.url, survivor.url, survivor.url];
      const load = startHistoryLoad({ token, urls, before: places });
      const answered = () => [...load.answers.values()].reduce((sum, count) => sum + count, 0);
      const killAfter = 20 + randomInt(60);
      await expect.poll(answered, { interval: 5, timeout: 30_000 }).toBeGreaterThan(killAfter);
      expect(await deployment.query(CONNECTIONS)).not.toEqual([]);
      expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
      await load.stop();
      await expect.poll(() => deployment.query(CONNECTIONS), { timeout: 20_000 }).toEqual([]);
      expect(load.unexpected).toEqual([]);
      for (const sha256 of load.sent) sent.add(sha256);
      for (const kind of load.answers.keys()) kinds.add(kind);
      unanswered += load.unanswered();

      places = await readPlaces(deployment);
      expectAnswersTrue(load, places);
      expect(inventedIn(places, sent)).toEqual([]);
      await expectBlobsTrue(deployment);
      await expectSweptClean(deployment);
      expect(await readPlaces(deployment)).toEqual(places);
      await expectDownloadable(places.values(), { gateway: survivor, token, seen: downloaded });
    }
    // Otherwise the kills met an idle process, or one that did something else.
    expect(unanswered).toBeGreaterThan(0);
    expect([...kinds].toSorted()).toEqual([...STEP_KINDS].toSorted());
  });
}
