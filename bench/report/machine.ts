// The machine that a table was made on; figures without it mean nothing.
import { execFile } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import pg from 'pg';

export async function describeMachine(world: { databaseUrl: string; directory: string }): Promise<string> {
  const [cpu] = cpus();
  return [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    `${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${await readPostgresVersion(world.databaseUrl)}, fsync on`,
    `data on ${await readFileSystem(world.directory)}`,
  ].join('; ');
}

async function readPostgresVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query('show server_version');
    return rows[0].server_version;
  } finally {
    await client.end();
  }
}

async function readFileSystem(directory: string): Promise<string> {
  return promisify(execFile)('df', ['--output=fstype', directory]).then(
    ({ stdout }) => stdout.trim().split('\n').at(-1) ?? 'unknown',
    () => 'an unknown file system',
  );
}
