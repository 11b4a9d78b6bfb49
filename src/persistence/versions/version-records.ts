// Versions in PostgreSQL: read, restored and thinned. They are made by the statements that replace a content.
import { untilFewer } from '../../domain/flow/pages.ts';
import type { Quotas } from '../../domain/usage/ports.ts';
import type { VersionRecords } from '../../domain/versions/ports.ts';
import { createLockStatement } from '../change/change-statements.ts';
import type { Run, Transact } from '../database/database.ts';
import { createFindResourceStatement, toResource } from '../find/read-statements.ts';
import {
  createFindVersionContentStatement,
  createListVersionsStatement,
  createRemoveOldStatement,
  createRemoveSurplusStatement,
  createRestoreVersionStatement,
  toNextVersion,
  toVersion,
  toVersionContent,
  type VersionKey,
} from './version-statements.ts';

const PAGE_ROWS = 1_000;

export type VersionRecordsOptions = {
  readonly read: Run;
  /** Again when it lost a race. */
  readonly change: Transact;
  /** What each account may have. */
  readonly quotas: Quotas;
  /** Is told of every change, when it is committed. */
  tellCommitted(accountId: string, events: number): void;
};

/** The versions over `read` and `change`; it owns nothing. */
export function createVersionRecords({ read, change, quotas, tellCommitted }: VersionRecordsOptions): VersionRecords {
  return {
    async listVersions(query, { signal }) {
      const { accountId } = query;
      return (await read(createListVersionsStatement(query), { accountId, signal })).map(toVersion);
    },
    async findVersionContent(version, { signal }) {
      const { accountId } = version;
      const [row] = await read(createFindVersionContentStatement(version), { accountId, signal });
      return row === undefined ? null : toVersionContent(row, version);
    },
    async restoreVersion(version, { signal, ...options }) {
      const { accountId } = version;
      const [, [wanted], [found]] = await change(
        [
          createLockStatement(version),
          createRestoreVersionStatement(version, { ...options, quotas }),
          createFindResourceStatement(version),
        ],
        { accountId, signal },
      );
      if (wanted === undefined || found === undefined) return { kind: 'not_found' };
      if (wanted.is_same) return { kind: 'kept', resource: toResource(found) };
      if (!wanted.is_fitting) {
        const room = { bytes: wanted.bytes_left, resources: null };
        return { kind: 'no_room', room, sizeBytes: wanted.size_bytes };
      }
      tellCommitted(accountId, 1);
      return { kind: 'restored', resource: toResource(found) };
    },
    async thinVersions({ ttlMs, maxCount, signal }) {
      let total = await untilFewer(PAGE_ROWS, async () => {
        const [row] = await read(createRemoveOldStatement({ ttlMs, limit: PAGE_ROWS }), { signal });
        return Number(row?.removed ?? 0);
      });
      let after: VersionKey | null = null;
      do {
        const [row]: readonly { readonly [column: string]: unknown }[] = await read(
          createRemoveSurplusStatement(after, { limit: PAGE_ROWS, maxCount }),
          { signal },
        );
        total += Number(row?.removed ?? 0);
        after = toNextVersion(row);
      } while (after !== null);
      return total;
    },
  };
}
