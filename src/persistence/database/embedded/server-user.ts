// Who runs the embedded server: PostgreSQL refuses to run as root, so that root has to lend it another user.
import { readFile, stat } from 'node:fs/promises';

/** In `spawn`'s own words; empty for the present user. */
export type ServerUser = { readonly uid?: number; readonly gid?: number };

/** Names that systems have for it, the most fitting one first. */
const NAMES = ['postgres', 'nobody'];

/**
 * The present user or, for root, whoever the cluster in `directory` belongs to; for a new one a user of the system.
 * @throws Error in a clear sentence when root has nobody to lend it to
 */
export async function findServerUser(directory: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(directory).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = NAMES.map((name) => users.find(([entry]) => entry === name)).find((found) => found !== undefined);
  if (user === undefined) {
    throw new Error(
      'the embedded database does not run as root, and /etc/passwd has no user postgres or nobody that could run it: ' +
        'start the gateway as another user, or set DATABASE_URL',
    );
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
