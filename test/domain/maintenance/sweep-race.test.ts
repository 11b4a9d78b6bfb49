import { createHash } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { createTurns } from '../../../src/domain/caller/turns.ts';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { createConfirmedBlobs } from '../../../src/domain/create/confirmed-blobs.ts';
import { type CreatePorts, createResource } from '../../../src/domain/create/create-resource.ts';
import { sweep } from '../../../src/domain/maintenance/sweep.ts';
import { verify } from '../../../src/domain/maintenance/verify.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const CREATES = 3_000;
const { signal } = new AbortController();
const principal = {
  accountId: 'acme',
  subject: null,
  scopes: new Set(['resources:write']),
  expiresAtMs: Number.POSITIVE_INFINITY,
};

/** Few contents for many creates: inline ones, and ones in the store. */
const CONTENTS = Array.from({ length: 6 }, (_, number) => Buffer.alloc(number < 3 ? 50 : 5_000, `content ${number} `));

async function openGateway(url: string, directory: string) {
  const blobs: BlobStore = await openDirectoryStore({ directory });
  const repository = await openRepository({ database: { kind: 'postgres', url } });
  const ports: CreatePorts = {
    blobs,
    confirmed: createConfirmedBlobs({ blobs, trustMs: 0, maxRemembered: 1, now: () => performance.now() }),
    repository,
    openRemote: () => Promise.reject(new Error('nothing is fetched here')),
    openUpload: () => Promise.reject(new Error('nothing is uploaded here')),
    detectMimeType: () => Promise.resolve(null),
    onHealed: () => {},
    limits: { maxContentBytes: 10_000, inlineMaxBytes: 100, maxCreateMs: 60_000 },
  };
  const catalog: Repository = repository;
  return {
    blobs,
    catalog,
    create(name: string, bytes: Buffer) {
      const content = `data:text/plain;base64,${bytes.toString('base64')}`;
      return createResource(
        { name, directoryPath: '/', content },
        { ...ports, requestId: 'a-test', principal, turns: createTurns(), signal, takeClaim: null },
      );
    },
    // Rows without any grace. Uploads and objects on their way have nothing else to protect them, so they keep theirs.
    sweepRows: () =>
      sweep({
        blobs: { ...blobs, async *list() {}, removeAbandoned: () => Promise.resolve(0) },
        catalog,
        signal,
        graceMs: -60_000,
        dryRun: false,
        trusting: true,
        onFind: () => {},
      }),
    async [Symbol.asyncDispose]() {
      await repository.close();
      await blobs.close();
    },
  };
}

test(`no create loses its blob to two gateways that sweep without a grace period, in ${CREATES} that share 6 contents`, async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using folder = await mkdtempDisposable(`${tmpdir()}/sweep-race-`);
  await using first = await openGateway(database.url, folder.path);
  await using second = await openGateway(database.url, folder.path);
  const gateways = [first, second];
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await using _sql = { [Symbol.asyncDispose]: () => sql.end() };

  let swept = 0;
  let creating = true;
  const untilCreated = async (work: () => Promise<void>) => {
    while (creating) await work();
  };
  const background = Promise.all([
    ...gateways.map((gateway) =>
      untilCreated(async () => {
        swept += (await gateway.sweepRows()).blobs.count;
      }),
    ),
    untilCreated(async () => {
      await sql.query('delete from resources where random() < 0.9');
    }),
  ]);

  let next = 0;
  const failures: unknown[] = [];
  const createNext = async () => {
    while (next < CREATES) {
      const number = next++;
      const gateway = gateways[number % 2] as typeof first;
      const bytes = CONTENTS[(number * 7) % CONTENTS.length] as Buffer;
      await gateway.create(`${number}`, bytes).catch((thrown: unknown) => failures.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: 16 }, createNext)).finally(() => {
    creating = false;
  });
  await background;

  expect(failures).toEqual([]);
  // Otherwise nothing was ever taken away from under a create.
  expect(swept).toBeGreaterThan(20);
  for (const bytes of CONTENTS) await first.create(createHash('sha256').update(bytes).digest('hex'), bytes);
  const findings: unknown[] = [];
  const report = await verify({
    ...first,
    signal,
    exclusive: true,
    settleMs: 0,
    maxReadsAtOnce: 4,
    onFinding: (finding) => findings.push(finding),
    onProgress: () => {},
  });
  expect(findings).toEqual([]);
  expect(report.blobs).toBe(CONTENTS.length);
});
