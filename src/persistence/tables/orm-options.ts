// What MikroORM must know of us, whichever driver it runs on: for the running service and for its command line alike.
import { join } from 'node:path';
import type { Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { Migration20261123135658 } from '../migrations/20261123135658-create-resources.ts';
import { Migration20261123142322 } from '../migrations/20261123142322-index-storage-keys.ts';
import { Migration20261123143928 } from '../migrations/20261123143928-create-idempotency-keys.ts';
import { Migration20261124080000 } from '../migrations/20261124080000-create-shared-secrets.ts';
import { Migration20261124090000 } from '../migrations/20261124090000-index-reads.ts';
import { Migration20261125090000 } from '../migrations/20261125090000-carry-the-order.ts';
import { Migration20261126090000 } from '../migrations/20261126090000-account-first-keys.ts';
import { Migration20261128090000 } from '../migrations/20261128090000-create-uploads.ts';
import { Migration20261129090000 } from '../migrations/20261129090000-create-events.ts';
import { Migration20261129100000 } from '../migrations/20261129100000-create-webhooks.ts';
import { Migration20261129110000 } from '../migrations/20261129110000-yield-to-keys.ts';
import { Migration20261130090000 } from '../migrations/20261130090000-create-versions.ts';
import { Migration20261201090100 } from '../migrations/20261201090100-create-rate-windows.ts';
import { Migration20261201090200 } from '../migrations/20261201090200-count-usage.ts';
import { Migration20261201090300 } from '../migrations/20261201090300-lease-quotas.ts';
import { Migration20261202090000 } from '../migrations/20261202090000-count-versions.ts';
import { Migration20261202090100 } from '../migrations/20261202090100-create-trash.ts';
import { ENTITIES } from './entities.ts';

/** Options that do not depend on the driver. Migrations are listed, so that nothing is found by looking around. */
export function createOrmOptions() {
  return {
    entities: [...ENTITIES],
    // Its snapshot knows no functions, no triggers and no partitions: those, and the table `events` with its slots, are their migrations'.
    schemaGenerator: { ignoreRoutines: true, ignoreTriggers: true, skipTables: ['events', /^events_slot_/] },
    extensions: [Migrator],
    colors: false,
    migrations: {
      path: join(import.meta.dirname, '../migrations'),
      migrationsList: [
        Migration20261123135658,
        Migration20261123142322,
        Migration20261123143928,
        Migration20261124080000,
        Migration20261124090000,
        Migration20261125090000,
        Migration20261126090000,
        Migration20261128090000,
        Migration20261129090000,
        Migration20261129100000,
        Migration20261129110000,
        Migration20261130090000,
        Migration20261201090100,
        Migration20261201090200,
        Migration20261201090300,
        Migration20261202090000,
        Migration20261202090100,
      ],
      // `migration:check` compares the entities with this snapshot; only `migration:create` rewrites it.
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
    },
  } satisfies Partial<Options>;
}
