// Names and what they stand for, through all that may happen to them, beside a plain model of it.
import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { runScript, spawnGateway } from '../support/acceptance/process.ts';
import { runSweep, runVerify } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';

const STEPS = 450;
const SEED = 15;

type Place = { readonly directory: string; readonly name: string };
type Step = {
  readonly kind: (typeof KINDS)[number];
  readonly place: Place;
  readonly text: string;
  readonly policy: 'error' | 'keep' | 'rename' | 'replace';
  /** Which of what there is, and which gateway is asked. */
  readonly pick: number;
  readonly gateway: number;
  readonly elsewhere: boolean;
};

const KINDS = [
  'create',
  'create',
  'create',
  'move',
  'delete',
  'delete',
  'restore',
  'restore',
  'purge',
  'version',
  'empty',
] as const;
const steps = fc.record({
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...KINDS.slice(0, -1)) },
    { weight: 1, arbitrary: fc.constant('empty' as const) },
  ),
  // Few, so that they meet.
  place: fc.constantFrom(
    { directory: '/', name: 'a.txt' },
    { directory: '/d', name: 'a.txt' },
    { directory: '/d', name: 'a (2).txt' },
  ),
  // Some lie in their rows, some in the store.
  text: fc.constantFrom('1', '22', 'three in the store', 'and four'),
  policy: fc.constantFrom('error', 'keep', 'rename', 'replace', 'replace', 'replace'),
  pick: fc.nat(),
  gateway: fc.nat({ max: 1 }),
  elsewhere: fc.boolean(),
});

/** A resource, there or in the trash; the last of its contents is the present one. */
type Held = { readonly id: string; place: Place; contents: string[] };
type Answer = { readonly status: number; readonly outcome: string | null; readonly json: Json };
type Json = {
  readonly id: string;
  readonly name: string;
  readonly deleted?: number;
  readonly items: readonly Json[];
} & { readonly [key: string]: unknown };
type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

const spell = ({ directory, name }: Place) => `${directory}/${name}`;
const sizeOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);
const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');
const presentOf = ({ contents }: Held) => contents.at(-1) ?? '';
const NUMBERED = /^(.*) \((\d+)\)([^ ]*)$/;

class Model {
  live: Held[] = [];
  trash: Held[] = [];
  /** What has come of creates and restores. */
  readonly outcomes = new Set<string>();

  at(place: Place): Held | undefined {
    return this.live.find((held) => spell(held.place) === spell(place));
  }

  /** The place that a free number makes: the first, or one behind a number that is taken. */
  requireNumbered(place: Place): void {
    expect(this.at(place), spell(place)).toBeUndefined();
    const [, stem = '', number = '', extension = ''] = NUMBERED.exec(place.name) ?? expect.fail(spell(place));
    const before = { ...place, name: `${stem} (${Number(number) - 1})${extension}` };
    if (Number(number) > 2) expect(this.at(before), spell(place)).toBeDefined();
  }

  usage() {
    const earlier = [...this.live, ...this.trash].flatMap(({ contents }) => contents.slice(0, -1));
    return {
      bytes: {
        used: sizeOf(this.live.map(presentOf)),
        versions: sizeOf(earlier),
        trash: sizeOf(this.trash.map(presentOf)),
        reserved: 0,
      },
      resources: { used: this.live.length, trash: this.trash.length },
    };
  }
}

const toHeld = ({ id, directory_path, name, sha256 }: Json) => `${id} ${directory_path}/${name} ${sha256}`;
const spellHeld = (held: Held) => `${held.id} ${spell(held.place)} ${sha256Of(presentOf(held))}`;

/** What should come of a content that comes to a place. */
function judge(standing: Held | undefined, { policy, text }: Pick<Step, 'policy' | 'text'>) {
  if (standing === undefined) return 'created';
  if (policy === 'rename') return 'renamed';
  if (policy !== 'error' && presentOf(standing) === text) return 'kept';
  return policy === 'replace' ? 'replaced' : 'conflict';
}

/** Does one step in the model and asks for it; what comes of it must be the same. */
async function take(model: Model, ask: Ask, step: Step): Promise<void> {
  const { live, trash } = model;
  const pickFrom = (list: readonly Held[]) => list[step.pick % Math.max(list.length, 1)];
  const { place, policy, text } = step;
  const where = { name: place.name, directory_path: place.directory };

  if (step.kind === 'create') {
    const content = `data:;base64,${Buffer.from(text).toString('base64')}`;
    const { status, outcome, json } = await ask('POST', '/v1/resources', { ...where, content, on_conflict: policy });
    const standing = model.at(place);
    const expected = judge(standing, step);
    model.outcomes.add(`create ${expected}`);
    expect([status, outcome]).toEqual(expected === 'conflict' ? [409, null] : [200, expected]);
    if (expected === 'replaced') standing?.contents.push(text);
    if (expected === 'renamed') model.requireNumbered({ ...place, name: json.name });
    if (expected === 'created') expect(json.name).toBe(place.name);
    if (expected === 'created' || expected === 'renamed') {
      live.push({ id: json.id, place: { ...place, name: json.name }, contents: [text] });
    } else if (expected !== 'conflict') expect(json.id).toBe(standing?.id);
    return;
  }
  if (step.kind === 'empty') {
    expect((await ask('DELETE', '/v1/trash')).json.deleted).toBe(trash.length);
    model.trash = [];
    return;
  }
  const isOfTrash = step.kind === 'restore' || step.kind === 'purge';
  // Now and then one that is on the other side.
  const target = pickFrom(isOfTrash === step.pick % 8 > 0 ? trash : live);
  const id = target?.id ?? randomUUID();
  const found = target !== undefined && (isOfTrash ? trash : live).includes(target) ? target : undefined;

  if (step.kind === 'move') {
    const { status } = await ask('PATCH', `/v1/resources/${id}`, where);
    const standing = model.at(place);
    const isTaken = standing !== undefined && standing !== found;
    expect(status).toBe(found === undefined ? 404 : isTaken ? 409 : 200);
    if (found !== undefined && !isTaken) found.place = place;
  } else if (step.kind === 'delete') {
    expect((await ask('DELETE', `/v1/resources/${id}`)).json.deleted).toBe(found === undefined ? 0 : 1);
    model.live = live.filter((held) => held !== found);
    if (found !== undefined) trash.push(found);
  } else if (step.kind === 'purge') {
    expect((await ask('DELETE', `/v1/trash/${id}`)).json.deleted).toBe(found === undefined ? 0 : 1);
    model.trash = trash.filter((held) => held !== found);
  } else if (step.kind === 'version') {
    const number = 1 + (step.pick % ((found?.contents.length ?? 0) + 1));
    const { status, outcome } = await ask('POST', `/v1/resources/${id}/versions/${number}/restore`);
    const wanted = found?.contents[number - 1];
    if (found === undefined || wanted === undefined) {
      expect(status).toBe(404);
      return;
    }
    const isSame = wanted === presentOf(found);
    expect([status, outcome]).toEqual([200, isSame ? 'kept' : 'replaced']);
    if (!isSame) found.contents.push(wanted);
  } else {
    const body = { on_conflict: policy, ...(step.elsewhere ? where : {}) };
    const { status, outcome, json } = await ask('POST', `/v1/trash/${id}/restore`, body);
    if (found === undefined) {
      expect(status).toBe(404);
      return;
    }
    const to = step.elsewhere ? place : found.place;
    const standing = model.at(to);
    const expected = judge(standing, { policy, text: presentOf(found) });
    model.outcomes.add(
      `restore ${expected}${expected === 'replaced' && found.contents.length > 1 ? ' by one with versions' : ''}`,
    );
    expect([status, outcome]).toEqual(expected === 'conflict' ? [409, null] : [200, expected]);
    if (expected === 'conflict') return;
    expect(json.id).toBe(expected === 'created' || expected === 'renamed' ? id : standing?.id);
    if (expected === 'kept') return;
    model.trash = trash.filter((held) => held !== found);
    if (expected === 'replaced') standing?.contents.push(presentOf(found));
    else {
      if (expected === 'renamed') model.requireNumbered({ ...to, name: json.name });
      found.place = { ...to, name: json.name };
      live.push(found);
    }
  }
}

/** What is there, what is in the trash, every version, and what all of it takes. */
async function expectAlike(model: Model, ask: Ask): Promise<void> {
  const { json: there } = await ask('GET', '/v1/resources?limit=200');
  expect(there.items.map(toHeld).toSorted()).toEqual(model.live.map(spellHeld).toSorted());
  const { json: trash } = await ask('GET', '/v1/trash?limit=200');
  expect(trash.items.map(toHeld).toSorted()).toEqual(model.trash.map(spellHeld).toSorted());
  for (const { id, contents } of model.live) {
    const { json } = await ask('GET', `/v1/resources/${id}/versions?limit=200`);
    const versions = json.items.map(({ number, sha256 }) => [number, sha256]).toReversed();
    expect(versions).toEqual(contents.map((text, index) => [index + 1, sha256Of(text)]));
  }
  expect((await ask('GET', '/v1/usage')).json).toMatchObject(model.usage());
}

test(`${STEPS} steps of the life of names on two gateways come to what they come to in a plain model`, async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  const options = { ...deployment, env: { ...deployment.env, INLINE_MAX_BYTES: '4' } };
  await using first = await spawnGateway(options);
  await using second = await spawnGateway(options);
  const accounts = ['acme', 'acme-2', 'zeta'];
  const taken = fc.sample(steps, { seed: SEED, numRuns: STEPS });

  // Accounts go side by side, and have one another's names and contents.
  const live = async (account: string, nth: number) => {
    const model = new Model();
    const token = await first.token('--account', account);
    const askOf =
      (gateway: number): Ask =>
      async (method, path, body) => {
        const response = await fetch(`${gateway === 0 ? first.url : second.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
        });
        const outcome = response.headers.get('resource-outcome');
        return { status: response.status, outcome, json: (await response.json()) as Json };
      };
    const own = taken.filter((_, index) => index % accounts.length === nth);
    for (const [index, step] of own.entries()) {
      try {
        await take(model, askOf(step.gateway), step);
        if (index % 25 === 24) await expectAlike(model, askOf(1 - step.gateway));
      } catch (thrown) {
        throw new Error(`step ${index} of ${account}: ${JSON.stringify(step)}`, { cause: thrown });
      }
    }
    await expectAlike(model, askOf(0));
    return model;
  };
  const models = await Promise.all(accounts.map(live));

  const outcomes = new Set(models.flatMap((model) => [...model.outcomes]));
  const every = ['created', 'kept', 'renamed', 'replaced', 'conflict'].flatMap((one) => [
    `create ${one}`,
    `restore ${one}`,
  ]);
  every.push('restore replaced by one with versions');
  expect([...outcomes].toSorted()).toEqual(every.toSorted());

  expect(await runVerify(deployment)).toEqual([]);
  expect(await runSweep(deployment, '--grace', '0')).toMatchObject({ code: 0 });
  const contents = models.map(({ live, trash }) => new Set([...live, ...trash].flatMap((held) => held.contents)));
  const blobs = await deployment.query(
    'select account_id as account, count(*)::int as count from blobs group by 1 order by 1',
  );
  expect(blobs).toEqual(accounts.map((account, nth) => ({ account, count: contents[nth]?.size })));
  expect(await runVerify(deployment)).toEqual([]);
  const recount = await runScript(['src/commands/verify.ts', '--usage'], {
    ...deployment.env,
    DATA_DIR: deployment.dataDir,
  });
  expect(recount).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 numbers wrong') });
}, 60_000);
