// What the database remembers of its store: two short texts beside the shared secrets, and whether blobs lie in a store.
import type { StoreMemory } from '../../domain/maintenance/own-store.ts';
import { createShareSecretStatement, toSecret } from '../find/content-statements.ts';
import type { RunStatement } from './blob-catalog.ts';

const FIND = `select value from shared_secrets where name = $1`;
const REPLACE = `update shared_secrets set value = $3 where name = $1 and value = $2 returning true as replaced`;
const HOLDS = `select exists(select from blobs where storage_bucket = $1 and content is null) as holds`;

/** Over `run`; it owns nothing. */
export function createStoreMemory(run: RunStatement): StoreMemory {
  const toText = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString();
  return {
    async findText(name, call) {
      const [row] = await run({ name: 'find-shared-text', text: FIND, values: [name] }, call);
      return row === undefined ? null : toText(row.value);
    },
    async shareText({ name, offered }, call) {
      const [row] = await run(createShareSecretStatement({ name, offered: Buffer.from(offered) }), call);
      return toText(toSecret(row));
    },
    async replaceText({ name, known, text }, call) {
      const values = [name, Buffer.from(known), Buffer.from(text)];
      await run({ name: 'replace-shared-text', text: REPLACE, values }, call);
    },
    async holdsBlobsIn(bucket, call) {
      const [row] = await run({ name: 'holds-blobs-in', text: HOLDS, values: [bucket] }, call);
      return row?.holds === true;
    },
  };
}
