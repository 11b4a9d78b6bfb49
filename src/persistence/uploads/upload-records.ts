// The uploads in PostgreSQL.
import type { RemovedUpload, UploadRecords } from '../../domain/uploads/ports.ts';
import type { Quotas } from '../../domain/usage/ports.ts';
import type { Row, Run, Transact } from '../database/database.ts';
import {
  createCreateUploadStatements,
  createFindUploadStatement,
  createHoldStatement,
  createListUploadsStatement,
  createOpenKeysStatement,
  createProlongStatement,
  createRemoveExpiredStatement,
  createRemoveStatement,
  createRenewStatement,
  createReserveStatement,
  createSaveStatement,
  createTakeDueStatement,
  toUpload,
} from './upload-statements.ts';

export type UploadRecordsOptions = {
  /** What accounts may have, unless it is set otherwise for them. */
  readonly quotas: Quotas;
  readonly read: Run;
  readonly transact: Transact;
};

/** The uploads over these; it owns nothing. What ends or prolongs a hold never waits, since the next request waits for it. */
export function createUploadRecords({ read, transact, quotas }: UploadRecordsOptions): UploadRecords {
  return {
    async createUpload(upload, { signal, ...options }) {
      const statements = createCreateUploadStatements(upload, { ...options, quotas });
      const [, rows] = await transact(statements, { accountId: upload.accountId, signal });
      return toFirst(rows ?? []);
    },
    async findUpload(upload, { signal }) {
      return toFirst(await read(createFindUploadStatement(upload), { signal, accountId: upload.accountId }));
    },
    async prolongUpload(upload, { signal, ttlMs }) {
      return toFirst(await read(createProlongStatement(upload, { ttlMs }), { signal, accountId: upload.accountId }));
    },
    async listUploads(query, { signal }) {
      const rows = await read(createListUploadsStatement(query), { signal, accountId: query.accountId });
      return rows.map(toUpload);
    },
    async holdUpload(hold, { signal, leaseMs }) {
      const [row] = await read(createHoldStatement(hold, { leaseMs }), { signal, accountId: hold.accountId });
      if (row === undefined) return null;
      const upload = toUpload(row);
      return row.is_free === true
        ? { kind: 'held', upload, isTakeover: row.was_held === true }
        : { kind: 'busy', upload };
    },
    async renewHolds(holds, { signal, leaseMs }) {
      const rows = await read(createRenewStatement(holds, { leaseMs }), { signal });
      return rows.map((row) => ({ owner: row.holder as string, isWanted: row.is_wanted === true }));
    },
    async reserveUpload(hold, { bytes, signal }) {
      return (await read(createReserveStatement(hold, { bytes, quotas }), { signal })).length > 0;
    },
    async saveUpload(hold, change, { signal, ...options }) {
      return toFirst(await read(createSaveStatement(hold, { change, options }), { signal }));
    },
    async removeUpload(hold, { signal }) {
      return toRemoved(await read(createRemoveStatement(hold), { signal }));
    },
    async takeDueUploads({ signal, ...options }) {
      return (await read(createTakeDueStatement(options), { signal })).map(toUpload);
    },
    async removeExpiredUpload(upload, { signal }) {
      return toRemoved(await read(createRemoveExpiredStatement(upload), { signal }));
    },
    async findOpenKeys(keys, { signal }) {
      const rows = await read(createOpenKeysStatement(keys), { signal });
      return new Set(rows.map((row) => row.storage_key as string));
    },
  };
}

function toFirst([row]: readonly Row[]) {
  return row === undefined ? null : toUpload(row);
}

function toRemoved([row]: readonly Row[]): RemovedUpload | null {
  return row === undefined ? null : { upload: toUpload(row), isShared: row.is_shared === true };
}
