// Does once, after an install, what every first start would have to do: makes a database with all its tables, and keeps it
// packed. Where it fails, a start makes one itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { toTemplateFile } from '../src/persistence/database/embedded/cluster.ts';
import { openEmbedded } from '../src/persistence/database/embedded/open-embedded.ts';
import { findPrograms } from '../src/persistence/database/embedded/programs.ts';
import { packTemplate } from '../src/persistence/database/embedded/template.ts';
import { openPostgresDatabase } from '../src/persistence/database/postgres-database.ts';

const SILENT = { maxConnections: 10, log: () => {}, onStep: () => {} };

/** Two of the three databases that a new cluster has are there to be copied from. Nobody does: they are files to write. */
const DROP_MODELS = [
  'update pg_database set datistemplate = false',
  'drop database template0',
  'drop database template1',
  'vacuum freeze',
  'checkpoint',
];

async function packDatabase(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'resource-gateway-'));
  const directory = join(folder, 'postgres');
  try {
    const server = await openEmbedded(directory, SILENT);
    try {
      const database = await openPostgresDatabase(server.url, SILENT);
      await database.close();
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      for (const statement of DROP_MODELS) await client.query(statement);
      await client.end();
    } finally {
      await server.close();
    }
    await packTemplate(directory, toTemplateFile(await findPrograms({}, directory)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await packDatabase();
