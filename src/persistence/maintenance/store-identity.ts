// What the database remembers of its store: two short texts beside the shared secrets, and whether blobs lie in a store.
import type { StoreMemory } from '../../domain/maintenance/own-store.ts';
import type { Run } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import { createShareSecretStatement, toSecret } from '../find/content-statements.ts';

const createFindStatement = prepare('find-shared-text', ({ name }: Bound<{ name: string }>) =>
  db.selectFrom('shared_secrets').select('value').where('name', '=', name),
);

type Replacement = { readonly name: string; readonly known: Uint8Array; readonly value: Uint8Array };

const createReplaceStatement = prepare('replace-shared-text', ({ name, known, value }: Bound<Replacement>) =>
  db.updateTable('shared_secrets').set({ value }).where('name', '=', name).where('value', '=', known),
);

const createHoldsStatement = prepare('holds-blobs-in', ({ bucket }: Bound<{ bucket: string }>) =>
  db
    .selectFrom('blobs')
    .select('storage_key')
    .where('storage_bucket', '=', bucket)
    .where('content', 'is', null)
    .limit(1),
);

/** Over `run`; it owns nothing. */
export function createStoreMemory(run: Run): StoreMemory {
  const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  return {
    async findText(name, call) {
      const [row] = await run(createFindStatement({ name }), call);
      return row === undefined ? null : toText(row.value);
    },
    async shareText({ name, offered }, call) {
      const [row] = await run(createShareSecretStatement({ name, offered: Buffer.from(offered) }), call);
      return toText(toSecret(row));
    },
    async replaceText({ name, known, text }, call) {
      await run(createReplaceStatement({ name, known: Buffer.from(known), value: Buffer.from(text) }), call);
    },
    async holdsBlobsIn(bucket, call) {
      return (await run(createHoldsStatement({ bucket }), call)).length > 0;
    },
  };
}
