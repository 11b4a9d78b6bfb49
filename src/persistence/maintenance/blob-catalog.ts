// The blobs' rows for the sweep and the verification, page by page. It holds no more than a page.

import type { CallOptions } from '../../domain/flow/stream.ts';
import type { BlobCatalog } from '../../domain/maintenance/ports.ts';
import type { Run } from '../database/database.ts';
import { toSqlState } from '../database/sql-errors.ts';
import { createNamedKeysStatement, createUnreferencedStatement, toUnreferenced } from './sweep-statements.ts';
import {
  createCountBlobsStatement,
  createListBlobsStatement,
  createListWithoutBlobStatement,
  toListedBlob,
  toWithoutBlob,
} from './verify-statements.ts';

/** PostgreSQL 18 tells a restricting foreign key from others, 15 does not. */
const STILL_REFERENCED = new Set(['23001', '23503']);
const MAX_ATTEMPTS = 12;

type SweepPage = Parameters<BlobCatalog['findUnreferenced']>[0];

/** The catalog over `run`, which throws GatewayError `internal` with the driver's error as its cause; it owns nothing. */
export function createBlobCatalog(run: Run): BlobCatalog {
  const look = async (page: SweepPage, options: CallOptions) =>
    toUnreferenced(await run(createUnreferencedStatement(page), options));

  return {
    async findUnreferenced(page, options) {
      let limit = page.limit;
      for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
        try {
          return await look({ ...page, limit }, options);
        } catch (error) {
          if (!isStillReferenced(error)) throw error;
          // A create came between. The next look sees it, and a smaller page meets fewer of them.
          limit = Math.ceil(limit / 4);
        }
      }
      return { ...(await look({ ...page, limit, remove: false }, options)), found: [] };
    },
    async findNamedKeys(keys, options) {
      const rows = await run(createNamedKeysStatement({ keys }), options);
      return new Set(rows.map(({ storage_key }) => storage_key));
    },
    async listBlobs(page, options) {
      return (await run(createListBlobsStatement(page), options)).map(toListedBlob);
    },
    async listWithoutBlob(page, options) {
      return (await run(createListWithoutBlobStatement(page), options)).map(toWithoutBlob);
    },
    async countBlobs(options) {
      const [row] = await run(createCountBlobsStatement({}), options);
      return { count: Number(row?.count), sizeBytes: Number(row?.size_bytes) };
    },
  };
}

function isStillReferenced(error: unknown): boolean {
  const state = error instanceof Error ? toSqlState(error.cause) : null;
  return state !== null && STILL_REFERENCED.has(state);
}
