// The label of a store: one line that says which store it is. It is made once, and by whoever is first.
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath, systemCode, writeWhole } from './file-calls.ts';
import { LABEL_FILE } from './keys.ts';

/** What the label says, or null when there is none. */
export async function readLabel(directory: string): Promise<string | null> {
  try {
    return await readFile(join(directory, LABEL_FILE), 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** Puts a label on the store, durably; with `replace` also over another. @returns what the label says afterwards */
export async function writeLabel(
  directory: string,
  { text, stagingFolder, replace }: { text: string; stagingFolder: string; replace: boolean },
): Promise<string> {
  const written = join(stagingFolder, `label-${randomUUID()}`);
  const path = join(directory, LABEL_FILE);
  try {
    await writeWhole(written, Buffer.from(text));
    // Whole or not at all, for whoever reads it meanwhile.
    if (replace) await rename(written, path);
    else await link(written, path).catch(unlessThere);
  } finally {
    await rm(written, { force: true });
  }
  await syncPath(directory);
  return (await readLabel(directory)) ?? text;
}

function unlessThere(thrown: unknown): void {
  if (systemCode(thrown) !== 'EEXIST') throw thrown;
}
