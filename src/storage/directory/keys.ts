// From a blob's key to its path. It refuses every key that could leave the directory or meet the store's own files.
import { join } from 'node:path';
import { storeFailure } from '../store-failure.ts';

/** Where unfinished files lie, below the store's directory. No key can name it, since no part of a key has a first dot. */
export const STAGING_FOLDER = '.staging';

/** Where the files of unfinished uploads lie, each upload's in a folder of its own; no key can name it either. */
export const UPLOADS_FOLDER = '.uploads';

/** What says which store this is; no key can name it either. */
export const LABEL_FILE = '.store';

const MAX_KEY_CHARACTERS = 512;
/** Stands for a slash in a folder's name; no key has it. */
const FOLDER_SLASH = '~';
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

/** The name of the folder that holds what has arrived for `key`. @throws like `requireBlobPath` */
export function toUploadFolder(directory: string, key: string): string {
  requireBlobPath(directory, key);
  return join(directory, UPLOADS_FOLDER, key.replaceAll('/', FOLDER_SLASH));
}

/** The key that such a folder belongs to. */
export function fromUploadFolder(name: string): string {
  return name.replaceAll(FOLDER_SLASH, '/');
}
