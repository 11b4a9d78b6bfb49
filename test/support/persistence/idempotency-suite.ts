// What every database must do for idempotency keys, written once; each driver's test file runs it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyClaim } from '../../../src/domain/caller/idempotency-keys.ts';
import type { Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from './records.ts';

type OpenedRepository = { readonly repository: Repository; dispose(): Promise<void> };

const LEASE = { leaseMs: 60_000 };
const DAY_MS = 86_400_000;

const createClaim = (changes: Partial<KeyClaim> = {}): KeyClaim => ({
  accountId: 'acme',
  key: randomUUID(),
  owner: randomUUID(),
  ...changes,
});
/** The same key, wanted by another request. */
const rivalOf = (claim: KeyClaim): KeyClaim => ({ ...claim, owner: randomUUID() });
const keptUnder = (claim: KeyClaim, ttlMs = DAY_MS) => ({ claim, fingerprint: 'f'.repeat(64), ttlMs });

export function describeIdempotencyKeys(driver: string, open: () => Promise<OpenedRepository>): void {
  describe(`idempotency keys in ${driver}`, () => {
    let opened: OpenedRepository;
    let repository: Repository;
    const call = { signal: new AbortController().signal };

    beforeAll(async () => {
      opened = await open();
      repository = opened.repository;
    });
    afterAll(() => opened.dispose());

    it('gives a key to exactly one of 50 requests that want it at once', async () => {
      const first = createClaim();
      const claims = Array.from({ length: 50 }, () => rivalOf(first));
      const outcomes = await Promise.all(claims.map((claim) => repository.claimKey(claim, LEASE)));
      expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'running')).toHaveLength(49);
    });

    it('tells how long the holder has been running', async () => {
      const claim = createClaim();
      const before = performance.now();
      await repository.claimKey(claim, LEASE);
      const outcome = await repository.claimKey(rivalOf(claim), LEASE);
      const runningMs = outcome.kind === 'running' ? outcome.runningMs : Number.NaN;
      expect(runningMs).toBeGreaterThanOrEqual(-1);
      expect(runningMs).toBeLessThanOrEqual(performance.now() - before + 1);
    });

    it('keeps the keys of two accounts apart', async () => {
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      expect(await repository.claimKey({ ...rivalOf(claim), accountId: 'other' }, LEASE)).toEqual({ kind: 'claimed' });
    });

    it('gives a released key to the next, and releases none that another holds', async () => {
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      await repository.releaseKey(rivalOf(claim), call);
      expect((await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('running');
      await repository.releaseKey(claim, call);
      expect((await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('claimed');
    });

    it('gives a key to the next when its lease has run out', async () => {
      const claim = createClaim();
      await repository.claimKey(claim, { leaseMs: 1 });
      await expect.poll(async () => (await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('claimed');
    });

    it('holds a claim for longer when it is renewed', async () => {
      const claim = createClaim();
      await repository.claimKey(claim, { leaseMs: 1 });
      await repository.renewKey(claim, { ...LEASE, ...call });
      expect((await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('running');
    });

    it('keeps the whole resource under its key, as it was when it was stored', async () => {
      const claim = createClaim();
      const record = createRecord({
        originalUri: 'https://example.com/a',
        externalId: 'in/a.bin',
        externalStorageType: 's3',
        tags: ['z', 'a', '{"}\\,', 'ü 😀'],
        metadata: JSON.parse('{"z":1,"10":[null,0.1,1e21],"2":"","__proto__":{"x":1},"ключ":"😀\\u0001\\"\\\\"}'),
        createdBy: 'alice',
        createdAt: new Date('2026-11-23T01:02:03.004Z'),
      });
      await repository.claimKey(claim, LEASE);
      expect((await repository.insertKeyed(record, createContent(), keptUnder(claim))).kind).toBe('created');
      const outcome = await repository.claimKey(rivalOf(claim), LEASE);
      const stored = await repository.findById(record, call);
      expect(outcome).toEqual({ kind: 'done', fingerprint: 'f'.repeat(64), resource: stored, outcome: 'created' });
      expect(JSON.stringify(outcome.kind === 'done' && outcome.resource.metadata)).toBe(
        JSON.stringify(record.metadata),
      );
    });

    it('tells where a content lies now when it had to be given another place', async () => {
      const content = createContent();
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      await repository.insertKeyed(createRecord(), content, keptUnder(claim));
      const location = { bucket: 'new', key: 'healed' };
      const lost = content.offered.location;
      await repository.healBlob({ ...claim, ...content, lost, location, inline: null }, call);
      expect(await repository.claimKey(rivalOf(claim), LEASE)).toMatchObject({
        kind: 'done',
        resource: { storageBucket: 'new', storageKey: 'healed' },
      });
    });

    it('keeps where a content lies that the account had already', async () => {
      const content = createContent();
      await repository.insert(createRecord(), content);
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      await repository.insertKeyed(createRecord(), { ...content, offered: null }, keptUnder(claim));
      const { bucket, key } = content.offered.location;
      expect(await repository.claimKey(rivalOf(claim), LEASE)).toMatchObject({
        resource: { storageBucket: bucket, storageKey: key },
      });
    });

    it('neither releases nor renews a key that has its result', async () => {
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      await repository.insertKeyed(createRecord(), createContent(), keptUnder(claim));
      await repository.releaseKey(claim, call);
      await repository.renewKey(claim, { leaseMs: 0, ...call });
      expect((await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('done');
    });

    it('keeps nothing under the key of a record that conflicts', async () => {
      const taken = createRecord();
      await repository.insert(taken, createContent());
      const claim = createClaim();
      await repository.claimKey(claim, LEASE);
      const outcome = await repository.insertKeyed(
        createRecord({ name: taken.name }),
        createContent(),
        keptUnder(claim),
      );
      expect(outcome).toEqual({ kind: 'conflict', existingId: taken.id });
      expect((await repository.claimKey(rivalOf(claim), LEASE)).kind).toBe('running');
    });

    it('stores nothing under a claim that another has taken over', async () => {
      const late = createClaim();
      const next = rivalOf(late);
      await repository.claimKey(late, { leaseMs: 1 });
      await expect.poll(async () => (await repository.claimKey(next, LEASE)).kind).toBe('claimed');
      const [lateRecord, nextRecord] = [createRecord(), createRecord()];
      expect(await repository.insertKeyed(lateRecord, createContent(), keptUnder(late))).toEqual({
        kind: 'claim_lost',
      });
      expect(await repository.findById(lateRecord, call)).toBeNull();
      expect((await repository.insertKeyed(nextRecord, createContent(), keptUnder(next))).kind).toBe('created');
    });

    it('gives each of 40 records in one group its own outcome, with and without a key', async () => {
      const claims = Array.from({ length: 40 }, () => createClaim());
      const records = claims.map((_, index) => createRecord(index === 17 ? { mimeType: 'a\0b' } : {}));
      await Promise.all(claims.map((claim, index) => index % 4 > 0 && repository.claimKey(claim, LEASE)));
      const outcomes = await Promise.allSettled(
        claims.map((claim, index) => {
          const [record, content] = [records[index] ?? createRecord(), createContent()];
          // Of four: one without a key, two with one, one whose claim was never made.
          if (index % 4 === 0) return repository.insert(record, content);
          return repository.insertKeyed(record, content, keptUnder(index % 4 === 3 ? rivalOf(claim) : claim));
        }),
      );
      const kinds = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.kind : 'refused'));
      expect(kinds).toEqual(
        claims.map((_, index) => (index === 17 ? 'refused' : index % 4 === 3 ? 'claim_lost' : 'created')),
      );
      const kept = await Promise.all(claims.map((claim) => repository.claimKey(rivalOf(claim), LEASE)));
      const ids = kept.map((outcome) => (outcome.kind === 'done' ? outcome.resource.id : outcome.kind));
      expect(ids).toEqual(
        records.map(({ id }, index) =>
          index % 4 === 0 ? 'claimed' : index % 4 === 3 || index === 17 ? 'running' : id,
        ),
      );
    });

    it('forgets a result when its time has passed, and the sweep removes what nobody asks for again', async () => {
      const [brief, lasting, running] = [createClaim(), createClaim(), createClaim()];
      for (const claim of [brief, lasting, running]) await repository.claimKey(claim, LEASE);
      await repository.insertKeyed(createRecord(), createContent(), keptUnder(brief, 1));
      await repository.insertKeyed(createRecord(), createContent(), keptUnder(lasting));
      let removed = 0;
      await expect
        .poll(async () => {
          removed += await repository.removeExpiredKeys(call);
          return removed;
        })
        .toBeGreaterThan(0);
      expect((await repository.claimKey(rivalOf(brief), LEASE)).kind).toBe('claimed');
      expect((await repository.claimKey(rivalOf(lasting), LEASE)).kind).toBe('done');
      expect((await repository.claimKey(rivalOf(running), LEASE)).kind).toBe('running');
    });
  });
}
