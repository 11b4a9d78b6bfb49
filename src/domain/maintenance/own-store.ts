// Whether the open store is the one that the database's blobs lie in. It refuses a pair that does not belong together.
import type { BlobStore } from '../content/blob-store.ts';
import { createId } from '../fields/ids.ts';
import type { CallOptions } from '../flow/stream.ts';
import { toCommandLine } from './command-line.ts';

/** What the database remembers by name, for all gateways on it. Every call may be repeated. */
export type StoreMemory = {
  findText(name: string, options: CallOptions): Promise<string | null>;
  /** What is remembered under `name`; `offered` becomes it when there is nothing. Of several that race, all get the same. */
  shareText(text: { name: string; offered: string }, options: CallOptions): Promise<string>;
  /** Remembers `text` instead of `known`; without effect when something else is remembered. */
  replaceText(text: { name: string; known: string; text: string }, options: CallOptions): Promise<void>;
  /** Whether some blob's row says that its bytes lie in `bucket`. */
  holdsBlobsIn(bucket: string, options: CallOptions): Promise<boolean>;
};

export type OwnStorePorts = {
  readonly blobs: Pick<BlobStore, 'bucket' | 'readLabel' | 'writeLabel'>;
  readonly memory: StoreMemory;
};

export type OwnStoreLook = CallOptions &
  OwnStorePorts & {
    /** What an operator knows the store by. */
    readonly place: string;
  };

export type OwnStoreOptions = OwnStoreLook & {
  /** Makes the open store the database's own whatever was known before: what an operator asks for, who restored one. */
  readonly adopt: boolean;
};

/** What an operator has to change. */
export class OtherStoreError extends Error {
  override readonly name = 'OtherStoreError';
}

const STORE = 'store-id';
const DATABASE = 'database-id';
const ADOPT = toCommandLine('verify', '--adopt-store');

type Label = { readonly store: string; readonly database: string };

/**
 * Compares the store's label with what the database remembers, and makes both at the first start. Safe beside other
 * gateways that start at the same time.
 * @returns the store's id @throws OtherStoreError
 */
export async function requireOwnStore(options: OwnStoreOptions): Promise<string> {
  const { blobs, memory, adopt } = options;
  const database = await memory.shareText({ name: DATABASE, offered: createId() }, options);
  const known = await memory.findText(STORE, options);
  const label = parseLabel(await blobs.readLabel(options));
  const isOwn = label?.database === database && label.store === known;
  if (label === null || (adopt && !isOwn)) {
    if (!adopt && known !== null && (await memory.holdsBlobsIn(blobs.bucket, options))) throw unlabelled(options);
    const made = await putLabel({ store: createId(), database }, options);
    // Another gateway that uses the store it named before finds out at its next look, and is not ready any more.
    if (known !== null) await memory.replaceText({ name: STORE, known, text: made.store }, options);
    return await requireSame(made, database, options);
  }
  return await requireSame(label, database, options);
}

/**
 * Compares the same, and makes nothing. A store that is `new` gets its label at the next start.
 * @throws OtherStoreError
 */
export async function lookAtOwnStore(options: OwnStoreLook): Promise<'own' | 'new'> {
  const { blobs, memory } = options;
  const database = await memory.findText(DATABASE, options);
  const known = await memory.findText(STORE, options);
  const label = parseLabel(await blobs.readLabel(options));
  if (label === null) {
    if (known !== null && (await memory.holdsBlobsIn(blobs.bucket, options))) throw unlabelled(options);
    return 'new';
  }
  if (label.database !== database) throw ofOtherDatabase(options);
  if (known !== null && known !== label.store) throw otherStore(options);
  return 'own';
}

/** Whether the database still remembers this store; one that does not answer is nothing to do with it. @throws OtherStoreError */
export async function checkOwnStore(id: string, options: CallOptions & { memory: StoreMemory }): Promise<void> {
  const known = await options.memory.findText(STORE, options).catch(() => id);
  if (known === id) return;
  throw new OtherStoreError('the database was given to another store since this gateway has started; restart it');
}

async function putLabel(label: Label, { blobs, adopt, signal }: OwnStoreOptions): Promise<Label> {
  const text = await blobs.writeLabel(`${label.store} ${label.database}\n`, { signal, replace: adopt });
  return parseLabel(text) ?? label;
}

async function requireSame(label: Label, database: string, options: OwnStoreOptions): Promise<string> {
  const { memory } = options;
  if (label.database !== database) throw ofOtherDatabase(options);
  const known = await memory.shareText({ name: STORE, offered: label.store }, options);
  if (known === label.store) return known;
  throw otherStore(options);
}

function ofOtherDatabase({ place }: OwnStoreLook): OtherStoreError {
  return new OtherStoreError(
    `${place} holds the blobs of another database. Set DATABASE_URL to that one, or DATA_DIR or S3_BUCKET to this ` +
      `database's own store; after moving the records to a new database: ${ADOPT}`,
  );
}

function otherStore({ place }: OwnStoreLook): OtherStoreError {
  return new OtherStoreError(
    `${place} is not the store that this database's blobs lie in. Give every gateway on one database the same DATA_DIR ` +
      `or S3_BUCKET; after moving the blobs to a new store: ${ADOPT}`,
  );
}

function unlabelled({ place }: OwnStoreLook): OtherStoreError {
  return new OtherStoreError(
    `${place} is not the store that this database's blobs lie in: it has no label, and the database names blobs in ` +
      `it. Set DATA_DIR or S3_BUCKET to the right one; after restoring the blobs from a backup: ${ADOPT}`,
  );
}

/** Null: none, or one that is not ours. */
function parseLabel(text: string | null): Label | null {
  const [store, database] = (text ?? '').trim().split(' ');
  return store === undefined || database === undefined ? null : { store, database };
}
