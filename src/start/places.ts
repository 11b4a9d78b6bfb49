// Where a gateway keeps what it is given, in words for its operator and without any secret.
import type { Config } from '../config.ts';
import type { DatabaseLocation } from '../persistence/database/database.ts';
import type { StoreLocation } from '../storage/open-blob-store.ts';

export type Places = { readonly records: string; readonly blobs: string };

/** Names both places. */
export function toPlaces({ database, storage, inlineMaxBytes }: Config): Places {
  const inline = inlineMaxBytes === 0 ? '' : `; contents up to ${inlineMaxBytes} bytes with the records`;
  return { records: toRecordsPlace(database), blobs: `${toBlobsPlace(storage)}${inline}` };
}

/** The database by its name and its server's address: never by the user, the password or an option of its URL. */
export function toRecordsPlace(database: DatabaseLocation): string {
  if (database.kind === 'embedded') return `the embedded database in ${database.directory}`;
  const { host, pathname, username, searchParams } = new URL(database.url);
  // Without a name PostgreSQL takes the user's.
  const name = pathname.length > 1 ? pathname.slice(1) : username;
  return `the PostgreSQL database ${name} at ${host || searchParams.get('host') || 'localhost'}`;
}

export function toBlobsPlace(storage: StoreLocation): string {
  return storage.kind === 's3' ? `the S3 bucket ${storage.bucket}` : `the directory ${storage.directory}`;
}
