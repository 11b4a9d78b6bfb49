// The ports of one database, put together.
import type { ResourceChanges } from './change/ports.ts';
import type { ResourceInserts } from './create/ports.ts';
import type { ContentReads } from './download/ports.ts';
import type { ResourceReads } from './find/ports.ts';
import type { CallOptions } from './flow/stream.ts';
import type { TrashRecords } from './trash/ports.ts';
import type { VersionRecords } from './versions/ports.ts';

/** The records. Every method keeps to one account. */
export type ResourceRepository = ResourceReads &
  ResourceChanges &
  ResourceInserts &
  ContentReads &
  VersionRecords &
  TrashRecords & {
    /** Resolves when the database answers. May be repeated. */
    check(options: CallOptions): Promise<void>;
    /** Waits for running statements and frees connections. */
    close(): Promise<void>;
  };
