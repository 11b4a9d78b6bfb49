// The data directory of the embedded server: made once, and looked at before a server is started on it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, lchown, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endServerProcesses } from './processes.ts';
import type { Programs } from './programs.ts';
import { toReason } from './reason.ts';
import type { ServerUser } from './server-user.ts';
import { locateTemplate, unpackTemplate } from './template.ts';

/** Its one role, who may do everything, and the one database. */
export const SUPERUSER = 'postgres';
export const DATABASE = 'postgres';

/** What stands in a directory; `pglite`: a cluster of PGlite's, which former versions embedded. */
export type ClusterKind = 'absent' | 'pglite' | 'native';

/** Written into postgresql.conf, where an operator may change them. */
const SETTINGS = [
  'shared_buffers=32MB',
  // Neither replicas nor archives: less is logged, and fewer processes run.
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_logical_replication_workers=0',
  'io_method=sync',
  'max_wal_size=256MB',
  'min_wal_size=32MB',
  'huge_pages=off',
];

const FLAGS = [
  `--username=${SUPERUSER}`,
  '--auth-local=trust',
  '--auth-host=reject',
  // The same on every platform, and nothing of the system's libraries: an upgrade of those moves no index.
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--wal-segsize=4',
];

/** @throws Error in a clear sentence when it belongs to another version of PostgreSQL */
export async function inspectCluster(directory: string, { majorVersion }: Programs): Promise<ClusterKind> {
  const version = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) return 'absent';
  const control = await readFile(join(directory, 'global', 'pg_control'));
  if (isOf32Bits(control)) return 'pglite';
  if (Number(version) === majorVersion) return 'native';
  throw new Error(
    `the embedded database in ${directory} was made by PostgreSQL ${version.trim()}, and this version brings ${majorVersion}: ` +
      'carry it over with pg_dump as docs/upgrades.md says, or start the gateway that made it',
  );
}

/** PostgreSQL's `FLOATFORMAT_VALUE`, which stands in every pg_control and eight numbers before `float8ByVal`. */
const FLOAT_FORMAT = Buffer.from(new Float64Array([1_234_567]).buffer);
const NUMBERS_BETWEEN = 8;

/** WebAssembly, on which PGlite runs, has pointers of 32 bits; no server that is brought here has. */
function isOf32Bits(control: Buffer): boolean {
  const at = control.indexOf(FLOAT_FORMAT);
  return at !== -1 && control[at + FLOAT_FORMAT.length + NUMBERS_BETWEEN * 4] === 0;
}

export type MakeClusterOptions = {
  readonly programs: Programs;
  readonly user: ServerUser;
  /** Works on a cluster without tables before it takes the place of the one in the directory; when it fails there is none. */
  readonly fill?: (directory: string) => Promise<void>;
};

/** What the install packs a cluster under: one of another version, or with other settings, has another name. */
export function toTemplateFile({ version }: Programs): string {
  const settings = createHash('sha256')
    .update(JSON.stringify([SETTINGS, FLAGS]))
    .digest('hex');
  return locateTemplate(`${version}-${settings.slice(0, 16)}`);
}

/**
 * Makes a cluster in `directory`; one that the install has packed has tables already. It is made under another name and
 * renamed when it is whole and on the disk: a crash half-way leaves nothing to stumble over.
 */
export async function makeCluster(directory: string, { programs, user, fill }: MakeClusterOptions): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  await endServerProcesses(unfinished);
  await makeEmpty(unfinished, user);
  const file = toTemplateFile(programs);
  const isUnpacked = fill === undefined && (await unpackTemplate(unfinished, file, user).then(isTrue, isFalse));
  if (!isUnpacked) {
    await makeEmpty(unfinished, user);
    // Its tables come next, and what makes them can be loaded meanwhile.
    await Promise.all([initialize(unfinished, { programs, user }), import('../migrate.ts')]);
  }
  await fill?.(unfinished);
  await syncTree(unfinished);
  if (fill !== undefined) await rename(directory, toAside(directory)).catch(unlessAbsent);
  await rename(unfinished, directory);
  await syncPath(dirname(directory));
}

/** Where a cluster is kept when another has taken its place. */
export const toAside = (directory: string) => `${directory}.pglite`;

/** Gives a cluster its name back when a crash kept the other one from taking its place. */
export async function restoreAside(directory: string): Promise<void> {
  if (!existsSync(directory)) await rename(toAside(directory), directory).catch(unlessAbsent);
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

const isTrue = () => true;
const isFalse = () => false;

/** Root may have brought the directory back from a backup as its own; the server takes it from its own user alone. */
export async function giveTo({ uid, gid }: ServerUser, directory: string): Promise<void> {
  if (uid === undefined || gid === undefined || (await stat(directory)).uid === uid) return;
  await chmod(directory, 0o700);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  await Promise.all(entries.map((entry) => lchown(join(entry.parentPath, entry.name), uid, gid)));
  // Last: while it is root's, the next start does it again.
  await chown(directory, uid, gid);
}

async function makeEmpty(directory: string, { uid, gid }: ServerUser): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
}

async function initialize(directory: string, { programs, user }: MakeClusterOptions): Promise<void> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const args = [
    '-D',
    toOwnPath(directory, user),
    ...FLAGS,
    ...settings,
    '--no-sync',
    '--no-clean',
    '--no-instructions',
  ];
  try {
    await promisify(execFile)(programs.initdb, args, { ...user, cwd: directory, env: PROGRAM_ENV });
  } catch (cause) {
    throw new Error(`the embedded database cannot be made in ${directory}: ${toReason(cause)}`, { cause });
  }
}

/** Nothing of the gateway's own environment reaches the server. */
export const PROGRAM_ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/** The working directory as the other user can name it, who may not be let through the folders above it. */
export function toOwnPath(directory: string, { uid }: ServerUser): string {
  return uid !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : directory;
}

async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  await Promise.all(
    entries.map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? syncTree(path) : syncPath(path);
    }),
  );
  await syncPath(directory);
}

async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
