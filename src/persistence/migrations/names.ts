// The names of all migrations, for who only asks whether one is due: the migrations themselves load the whole ORM.
import { readdirSync } from 'node:fs';

/** As the database keeps them, oldest first: each file is named by its migration's time. */
export function listMigrationNames(): string[] {
  const times = readdirSync(import.meta.dirname).flatMap((file) => /^(\d{14})-.*\.[jt]s$/.exec(file)?.[1] ?? []);
  return times.sort().map((time) => `Migration${time}`);
}
