// The version of the package, as the descriptions of its interfaces tell it.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** What package.json says. */
export function readPackageVersion(): string {
  const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url) as string, 'utf8'));
  return version;
}
