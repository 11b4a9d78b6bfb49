// PostgreSQL's own account of what each method of the repository looks into, on tables partitioned by account.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConflictRule } from '../../../src/domain/conflict.ts';
import { LOG_START } from '../../../src/domain/events/event.ts';
import { EVERY_EVENT, parseEventFilter } from '../../../src/domain/events/event-filter.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import { parseResourceFilter, type ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';
import { SORT_KEYS, SORT_ORDERS } from '../../../src/domain/find/resource-sort.ts';
import type { Upload } from '../../../src/domain/uploads/upload.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { COMMON, FILTERS } from '../../support/persistence/list-plan-filters.ts';
import { type PlanLog, startPlanLog } from '../../support/persistence/logged-plans.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createUpload } from '../../support/persistence/upload-suite.ts';
import { createHealth, createResult, createWebhook } from '../../support/persistence/webhooks.ts';

/** The methods that take something: what the others tell is no statement's. */
type Method = {
  [Name in keyof Repository]: Repository[Name] extends (() => unknown) | readonly string[] ? never : Name;
}[Exclude<keyof Repository, 'onCommitted'>];

/** What looks over all accounts, and why it must. */
const OVER_ALL_ACCOUNTS: { readonly [Name in Method]?: string } = {
  findUnreferenced: 'the sweep goes through all blobs',
  findNamedKeys: "an object's key says nothing of its account",
  listBlobs: 'the verification re-reads all blobs',
  listWithoutBlob: 'the verification looks at all resources',
  countBlobs: 'the verification says how much there is to re-read',
  removeExpiredKeys: 'the sweep removes what has expired, whosever it is',
  expireTrash: 'the sweep removes what has been in the trash for long enough, whosever it is',
  thinVersions: 'the sweep removes old versions, whosever they are',
  takeDueUploads: 'uploads are looked after, whosever they are',
  findOpenKeys: "an object's key says nothing of its account",
  dropEvents: 'what is too old goes, whosever it is',
  listAccounts: 'an operator looks at all accounts',
  listDeliveringAccounts: 'a process delivers for all',
  claimWebhooks: 'what waits is delivered, whosever it is',
  removeOldDeliveries: 'what need not be shown any more goes, whosever it is',
  findOldestUndelivered: 'a metric tells of all',
  holdsBlobsIn: 'a start asks whether anything at all lies in a store',
};

/** What belongs to no account. */
const OF_NO_ACCOUNT: ReadonlySet<Method> = new Set([
  'shareSecret',
  'findText',
  'shareText',
  'replaceText',
  'check',
  'readLogState',
]);

/** What only inserts, on a conflict or not, is led by its key to one partition, and plans to look into none. */
const ONLY_INSERTING: ReadonlySet<Method> = new Set(['leasePoints']);

const call = { signal: new AbortController().signal };
const accountId = 'acme';
const changedAt = new Date();
const CLAIM = {
  accountIds: null,
  exceptAccountIds: [],
  after: null,
  leaseMs: 60_000,
  maxCount: 1_000,
  maxPerAccount: 1_000,
};
const SAVE = { release: false, leaseMs: 60_000, ttlMs: 60_000, dueMs: null };

describe('on tables partitioned by account', () => {
  const cleanup = new AsyncDisposableStack();
  let log: PlanLog;
  let repository: Repository;
  let client: pg.Client;

  beforeAll(async () => {
    log = cleanup.use(await startPlanLog());
    const { url } = cleanup.use(await createPartitionedDatabase(log.server.url));
    repository = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
    client = new pg.Client({ connectionString: url });
    await client.connect();
    cleanup.defer(() => client.end());
    // Of many accounts, so that no partition is empty.
    for (let account = 0; account < 16; account += 1) await store({ accountId: `account-${account}` });
  });
  afterAll(() => cleanup.disposeAsync());

  async function store(changes: Parameters<typeof createRecord>[0] = {}) {
    const [record, content] = [
      createRecord({ tags: ['common', 'a'], metadata: { kind: 'k8' }, ...changes }),
      createContent(),
    ];
    expect((await repository.insert(record, content)).kind).toBe('created');
    return { record, content, versioned: { ...record, expected: null } };
  }

  async function trashed(of = accountId) {
    const { record } = await store({ accountId: of });
    await repository.delete({ ...record, expected: null }, { ...FOR_GOOD, isPermanent: false, ...call });
    return record;
  }

  /** The first version of a resource that has another one. */
  async function replaced() {
    const { record } = await store();
    const rule = parseConflictRule({ onConflict: 'replace' }, { ...record, keepsTags: false, keepsMetadata: false });
    const outcome = await repository.insert(createRecord({ name: record.name }), createContent(), rule);
    expect(outcome.kind).toBe('replaced');
    return { accountId, id: record.id, number: 1, before: null, maxCount: 10 };
  }

  async function claim(leaseMs = 60_000) {
    const claimed = { accountId, key: randomUUID(), owner: randomUUID() };
    expect(await repository.claimKey(claimed, { leaseMs })).toEqual({ kind: 'claimed' });
    return claimed;
  }

  async function upload() {
    const created = await repository.createUpload(createUpload(), { maxOpen: 1_000, ttlMs: 60_000, dueMs: 0, ...call });
    const hold = { accountId, id: created?.id ?? '', owner: randomUUID() };
    expect((await repository.holdUpload(hold, { leaseMs: 60_000, ...call }))?.kind).toBe('held');
    const save = (state: 'open' | 'complete') =>
      repository.saveUpload(hold, { ...(created as Upload), state }, { ...SAVE, ...call });
    return { hold, save };
  }

  async function webhook() {
    const created = createWebhook({ accountId });
    expect(await repository.insertWebhook(created, { maxCount: 1_000, ...call })).toBe(true);
    return created;
  }

  const keep = async () => ({ claim: await claim(), fingerprint: 'f'.repeat(64), ttlMs: 60_000 });

  async function list(filter: ResourceFilterInput) {
    const page = { accountId, filter: parseResourceFilter(filter), maxCount: 2, maxBytes: 4_194_304 };
    const keys = { created: Date.now(), name: 'a', size: 1 };
    for (const by of SORT_KEYS) {
      for (const order of SORT_ORDERS) {
        await repository.list({ ...page, sort: { by, order }, after: null }, call);
        await repository.list({ ...page, sort: { by, order }, after: { key: keys[by], id: createId() } }, call);
      }
    }
    await repository.count({ ...page, maxCount: 10 }, call);
  }

  const filters = [...Object.values(FILTERS).map(({ filter }) => filter), ...Object.values(COMMON)];
  const page = { after: null, limit: 100 };

  /** Every method, by something to call it with. */
  const methods: Record<Method, () => Promise<unknown>> = {
    findById: async () => repository.findById((await store()).record, call),
    findByPath: async () => repository.findByPath((await store()).record, call),
    findContent: async () => repository.findContent((await store()).record, call),
    findBlob: async () => repository.findBlob({ accountId, ...(await store()).content }, call),
    async list() {
      for (let count = 0; count < 5; count += 1) await store();
      for (const filter of filters) await list(filter);
    },
    count: () => repository.count({ accountId, filter: parseResourceFilter({ tagsAll: ['a'] }), maxCount: 10 }, call),
    readDirectory: () => repository.readDirectory({ accountId, path: '/', afterName: null, maxCount: 10 }, call),
    async insert() {
      const { record, content } = await store();
      await repository.insert(createRecord({ name: record.name }), createContent());
      await repository.insert(createRecord({ tags: ['a'] }), { ...content, offered: null });
      await repository.insert(createRecord(), { ...createContent(), offered: null });
      const { hold, save } = await upload();
      await save('complete');
      for (const kind of ['created', 'upload_taken']) {
        const outcome = await repository.insert(createRecord(), { ...createContent(), uploadId: hold.id });
        expect(outcome.kind).toBe(kind);
      }
      for (const onConflict of ['keep', 'rename', 'replace'] as const) {
        const rule = parseConflictRule({ onConflict }, { ...record, keepsTags: false, keepsMetadata: false });
        await repository.insert(createRecord({ name: record.name, tags: ['b'] }), createContent(), rule);
      }
    },
    async insertKeyed() {
      await repository.insertKeyed(createRecord({ tags: ['a'] }), createContent(), await keep());
      const lost = { ...(await keep()), claim: { accountId, key: randomUUID(), owner: randomUUID() } };
      await repository.insertKeyed(createRecord(), createContent(), lost);
    },
    async healBlob() {
      const { content } = await store();
      const healing = { accountId, ...content, lost: content.offered.location, inline: null };
      const location = { bucket: 'bucket', key: createId() };
      expect(await repository.healBlob({ ...healing, location }, call)).toBe(true);
    },
    async listTrash() {
      await trashed();
      const query = { accountId, deletionId: null, after: null, maxCount: 10, maxBytes: 1_000_000 };
      expect((await repository.listTrash(query, { ttlMs: 60_000, ...call })).items.length).toBeGreaterThan(0);
    },
    async findTrashed() {
      const { id } = await trashed();
      expect(await repository.findTrashed({ accountId, ids: [id] }, { ttlMs: 60_000, ...call })).toHaveLength(1);
      const query = { accountId, deletionId: createId(), afterId: createId(), maxCount: 10 };
      await repository.findTrashed(query, { ttlMs: 60_000, ...call });
    },
    async restore() {
      for (const policy of ['error', 'keep', 'rename', 'replace'] as const) {
        const { id, name, directoryPath } = await trashed();
        await store({ name, directoryPath });
        const to = { id, name, directoryPath, numbered: { stem: name, extension: '' } };
        const options = { accountId, policy, isWhole: false, restoredAt: changedAt, restoredBy: null };
        const outcomes = await repository.restore([to], { ...options, ...call });
        const isBack = policy === 'rename' || policy === 'replace';
        expect(outcomes.map(({ kind }) => kind)).toEqual([isBack ? 'restored' : 'conflict']);
      }
    },
    async purge() {
      const { id } = await trashed();
      expect(await repository.purge({ accountId, id, maxCount: 1 }, call)).toBe(1);
    },
    async expireTrash() {
      for (let account = 0; account < 16; account += 1) await trashed(`account-${account}`);
      expect(await repository.expireTrash({ ttlMs: 0, ...call })).toBeGreaterThan(0);
    },
    listVersions: async () => repository.listVersions(await replaced(), call),
    findVersionContent: async () => repository.findVersionContent(await replaced(), call),
    async restoreVersion() {
      const restored = await repository.restoreVersion(await replaced(), {
        restoredAt: changedAt,
        restoredBy: null,
        ...call,
      });
      expect(restored.kind).toBe('restored');
    },
    async thinVersions() {
      await client.query(
        `insert into resource_versions (account_id, resource_id, number, blob_id, mime_type, size_bytes, created_at, replaced_at)
        select account_id, id, number, blob_id, '', 0, now(), now() from resources, generate_series(1, 3) as number
        where version = 1`,
      );
      expect(await repository.thinVersions({ ttlMs: 60_000, maxCount: 2, ...call })).toBeGreaterThan(0);
    },
    async update() {
      const { record, versioned } = await store();
      await repository.update(versioned, {
        change: { tags: ['b'], name: createId(), metadata: {} },
        changedAt,
        ...call,
      });
      const change = { name: (await store()).record.name };
      const outcome = await repository.update({ ...record, expected: null }, { change, changedAt, ...call });
      expect(outcome.kind).toBe('conflict');
    },
    delete: async () => repository.delete((await store()).versioned, { ...FOR_GOOD, ...call }),
    deleteMany: async () =>
      repository.deleteMany({ accountId, ids: [(await store()).record.id] }, { ...FOR_GOOD, ...call }),
    async deleteDirectory() {
      await store({ directoryPath: '/gone/deep' });
      expect(
        await repository.deleteDirectory({ accountId, directoryPath: '/gone' }, { ...FOR_GOOD, maxCount: 10, ...call }),
      ).toBe(1);
    },
    async moveDirectory() {
      await store({ directoryPath: '/from/deep' });
      const options = { changedAt, maxPathBytes: 1_000, ...call };
      await repository.moveDirectory({ accountId, directoryPath: '/from' }, { to: '/to/it', ...options });
      const moved = await repository.moveDirectory({ accountId, directoryPath: '/to/it' }, { to: '/to', ...options });
      expect(moved).toEqual({ kind: 'moved', count: 1 });
    },
    async claimKey() {
      const kept = await keep();
      await repository.insertKeyed(createRecord(), createContent(), kept);
      expect((await repository.claimKey(kept.claim, { leaseMs: 1 })).kind).toBe('done');
    },
    createUpload: upload,
    findUpload: async () => repository.findUpload((await upload()).hold, call),
    prolongUpload: async () => repository.prolongUpload((await upload()).hold, { ...call, ttlMs: 60_000 }),
    listUploads: () => repository.listUploads({ accountId, before: createId(), maxCount: 10 }, call),
    holdUpload: async () =>
      repository.holdUpload({ ...(await upload()).hold, owner: randomUUID() }, { leaseMs: 1, ...call }),
    renewHolds: async () => repository.renewHolds([(await upload()).hold], { leaseMs: 1, ...call }),
    saveUpload: async () => (await upload()).save('open'),
    async removeUpload() {
      const { hold } = await upload();
      expect(await repository.removeUpload(hold, call)).toMatchObject({ isShared: false });
    },
    removeExpiredUpload: async () => repository.removeExpiredUpload((await upload()).hold, call),
    takeDueUploads: () => repository.takeDueUploads({ limit: 10, againMs: 1_000, ...call }),
    findOpenKeys: () => repository.findOpenKeys(['a', 'b'], call),
    renewKey: async () => repository.renewKey(await claim(), { leaseMs: 1, ...call }),
    releaseKey: async () => repository.releaseKey(await claim(), call),
    async findRecords() {
      const { content } = await store();
      const blob = (await repository.listBlobs(page, call)).find(({ sha256 }) => sha256 === content.sha256);
      await log.takePlans();
      expect(blob && (await repository.findRecords({ ...blob, limit: 10 }, call)).length).toBe(1);
    },
    async findUnreferenced() {
      const { versioned } = await store();
      await repository.delete(versioned, { ...FOR_GOOD, ...call });
      await log.takePlans();
      const look = { ...page, olderThan: new Date(Date.now() + 60_000), buckets: ['bucket'] };
      const { found } = await repository.findUnreferenced({ ...look, remove: false }, call);
      expect((await repository.findUnreferenced({ ...look, remove: true }, call)).found).toEqual(found);
    },
    findNamedKeys: () => repository.findNamedKeys(['a', 'b'], call),
    listBlobs: () => repository.listBlobs(page, call),
    listWithoutBlob: () => repository.listWithoutBlob(page, call),
    countBlobs: () => repository.countBlobs(call),
    removeExpiredKeys: () => repository.removeExpiredKeys(call),
    holdsBlobsIn: () => repository.holdsBlobsIn('nowhere', call),
    shareSecret: () => repository.shareSecret({ name: 'a', offered: Buffer.from('a') }, call),
    findText: () => repository.findText('a', call),
    shareText: () => repository.shareText({ name: 'b', offered: 'b' }, call),
    replaceText: () => repository.replaceText({ name: 'b', known: 'b', text: 'c' }, call),
    check: () => repository.check(call),
    async readEvents() {
      await store();
      const filter = parseEventFilter({ types: ['resource.created'], directoryPath: '/docs' });
      const query = { accountId, after: LOG_START, maxCount: 10, maxScanned: 100, maxBytes: 1_000_000 };
      await repository.readEvents({ ...query, filter: EVERY_EVENT }, call);
      expect((await repository.readEvents({ ...query, filter }, call)).events.length).toBeGreaterThan(0);
    },
    followEvents: () =>
      repository.followEvents(
        { accountId, after: LOG_START, filter: EVERY_EVENT, maxCount: 10, maxScanned: 100, maxBytes: 1_000_000 },
        call,
      ),
    async readNews() {
      await store();
      const query = { accountIds: [accountId], after: LOG_START, maxCount: 10, maxBytes: 1_000_000 };
      expect((await repository.readNews(query, call)).events.length).toBeGreaterThan(0);
    },
    findUsage: () => repository.findUsage(accountId, call),
    findRoom: () => repository.findRoom(accountId, call),
    listAccounts: () => repository.listAccounts({ after: null, limit: 100 }, call),
    setQuotas: () => repository.setQuotas(accountId, { bytes: null }, call),
    recountUsage: () => repository.recountUsage({ accountId, correct: true }, call),
    reserveUpload: async () => repository.reserveUpload((await upload()).hold, { bytes: 20, ...call }),
    leasePoints: () => repository.leasePoints({ accountId, wanted: 1, points: 10, windowSeconds: 60 }, call),
    readLogState: () => repository.readLogState(call),
    insertWebhook: webhook,
    findWebhook: async () => repository.findWebhook(await webhook(), call),
    listWebhooks: () => repository.listWebhooks({ accountId }, call),
    updateWebhook: async () =>
      repository.updateWebhook(await webhook(), { change: { isEnabled: true, updatedAt: changedAt }, ...call }),
    deleteWebhook: async () => repository.deleteWebhook(await webhook(), call),
    async listDeliveries() {
      const query = { accountId, id: (await webhook()).id, before: LOG_START, maxCount: 10 };
      await repository.listDeliveries({ ...query, failed: true }, call);
      await repository.listDeliveries({ ...query, failed: false }, call);
    },
    listDeliveringAccounts: () => repository.listDeliveringAccounts({ maxCount: 10, ...call }),
    async claimWebhooks() {
      await webhook();
      await store();
      const query = { ...CLAIM, owner: randomUUID() };
      expect((await repository.claimWebhooks(query, call)).claimed.length).toBeGreaterThan(0);
    },
    listDueDeliveries: async () => repository.listDueDeliveries(await webhook(), { maxCount: 10, ...call }),
    async recordBatch() {
      await store();
      const created = await webhook();
      const owner = randomUUID();
      await repository.claimWebhooks({ ...CLAIM, accountIds: [accountId], owner }, call);
      await log.takePlans();
      const batch = { ...created, owner, results: [createResult()], health: createHealth(), leaseMs: 1, release: true };
      expect(await repository.recordBatch(batch, call)).not.toBeNull();
    },
    removeOldDeliveries: () => repository.removeOldDeliveries(call),
    findOldestUndelivered: () => repository.findOldestUndelivered(call),
    async dropEvents() {
      await client.query(
        `insert into events (account_id, type, directory_path, data, slot)
        select 'account-' || number, 'directory.deleted', '/', '{}', (event_slot() + 10) % 12
        from generate_series(1, 16) as number`,
      );
      expect(await repository.dropEvents({ ttlMs: 1, ...call })).toBe(1);
    },
  };

  it.each(Object.entries(methods))('%s looks into no more partitions than it must', async (name, run) => {
    await log.takePlans();
    await run();
    const plans = await log.takePlans();
    const most = Math.max(...plans.map(({ partitions }) => partitions.size));
    expect(plans.length).toBeGreaterThan(0);
    if (OF_NO_ACCOUNT.has(name as Method) || ONLY_INSERTING.has(name as Method)) return expect(most).toBe(0);
    const all = new Set(plans.flatMap(({ partitions }) => [...partitions]));
    if (name in OVER_ALL_ACCOUNTS) return expect(all.size).toBe(4);
    const wide = plans.filter(({ partitions }) => partitions.size > 1);
    expect(wide).toEqual([]);
    // One account has the same number in every table.
    expect(all.size).toBe(1);
  });
});
