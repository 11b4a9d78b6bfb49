// The version of the package, as the descriptions of its interfaces tell it.
import { readFileSync } from 'node:fs';

/** What package.json says. */
export function readPackageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}
