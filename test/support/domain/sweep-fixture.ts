// A real store and real records to sweep: a directory, and a database that is the caller's.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { type ConfirmedBlobs, createConfirmedBlobs } from '../../../src/domain/create/confirmed-blobs.ts';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { type Mending, repair } from '../../../src/domain/maintenance/repair.ts';
import { type SweepOptions, sweep } from '../../../src/domain/maintenance/sweep.ts';
import { type Finding, verify } from '../../../src/domain/maintenance/verify.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { createRecord } from '../persistence/records.ts';

const { signal } = new AbortController();

async function* once(bytes: Uint8Array): ByteStream {
  yield bytes;
}

export type Stored = { readonly id: string; readonly key: string; readonly bucket: string };

export type Fixture = AsyncDisposable & {
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly repository: Repository;
  /** Asks the store each time. */
  readonly confirmed: ConfirmedBlobs;
  /** An object as a create leaves it between its two steps. */
  putObject(text?: string): Promise<string>;
  /** A whole record. */
  store(text?: string, options?: { inline: boolean }): Promise<Stored>;
  sweep(changes?: Partial<SweepOptions>): ReturnType<typeof sweep>;
  verify(changes?: { exclusive: boolean }): Promise<Finding[]>;
  /** What was done about each finding that is wrong. */
  repair(): Promise<Mending[]>;
};

export async function openFixture(url: string): Promise<Fixture> {
  const folder = await mkdtempDisposable(`${tmpdir()}/sweep-`);
  const blobs = await openDirectoryStore({ directory: folder.path });
  const repository = await openRepository({ database: { kind: 'postgres', url } });

  async function putObject(text: string = randomUUID()): Promise<string> {
    const key = createStorageKey();
    await (await blobs.stage(once(Buffer.from(text)), { accountId: 'acme', key, signal })).commit({ signal });
    return key;
  }

  const verifying = { blobs, catalog: repository, signal, settleMs: 0, maxReadsAtOnce: 4, onProgress: () => {} };

  return {
    directory: folder.path,
    blobs,
    repository,
    confirmed: createConfirmedBlobs({ blobs, trustMs: 0, maxRemembered: 1, now: () => performance.now() }),
    putObject,
    async store(text = randomUUID(), { inline } = { inline: false }) {
      const bytes = Buffer.from(text);
      const location = inline
        ? { bucket: 'database', key: createStorageKey() }
        : { bucket: blobs.bucket, key: await putObject(text) };
      const record = createRecord();
      const outcome = await repository.insert(record, {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
        offered: { location, inline: inline ? bytes : null },
      });
      if (outcome.kind !== 'created') throw new Error(outcome.kind);
      return { id: record.id, ...outcome.location };
    },
    sweep: (changes = {}) =>
      sweep({
        blobs,
        catalog: repository,
        signal,
        // Into the future: what was made in this very millisecond is old enough as well.
        graceMs: -60_000,
        dryRun: false,
        trusting: true,
        onFind: () => {},
        ...changes,
      }),
    async verify({ exclusive } = { exclusive: true }) {
      const findings: Finding[] = [];
      await verify({ ...verifying, exclusive, onFinding: (finding) => findings.push(finding) });
      return findings;
    },
    async repair() {
      const mendings: Mending[] = [];
      const onMending = (mending: Mending) => mendings.push(mending);
      await repair({ ...verifying, exclusive: true, onFinding: () => {}, onMending });
      return mendings;
    },
    async [Symbol.asyncDispose]() {
      await repository.close();
      await blobs.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The keys of all objects in a store. */
export async function listKeys(blobs: BlobStore): Promise<string[]> {
  return (await Array.fromAsync(blobs.list({ signal }))).map(({ key }) => key).sort();
}
