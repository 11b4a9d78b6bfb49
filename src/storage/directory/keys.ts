// From a blob's key to its path. It refuses every key that could leave the directory or meet the store's own files.
import { join } from 'node:path';
import { storeFailure } from '../store-failure.ts';

/** Where unfinished files lie, below the store's directory. No key can name it, since no part of a key has a first dot. */
export const STAGING_FOLDER = '.staging';

/** What says which store this is; no key can name it either. */
export const LABEL_FILE = '.store';

const MAX_KEY_CHARACTERS = 512;
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200})*$/;

/**
 * The path of `key` below `directory`.
 * @throws GatewayError `internal`: keys are made by the domain, so a bad one is a fault of ours
 */
export function requireBlobPath(directory: string, key: string): string {
  if (key.length > MAX_KEY_CHARACTERS || !KEY.test(key)) {
    throw storeFailure(`${JSON.stringify(key.slice(0, MAX_KEY_CHARACTERS))} cannot be the key of a blob`);
  }
  return join(directory, key);
}
