// What only some tests need, brought when the first of them asks: see scripts/tool.js.
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'scripts/tool.js');

/** How long a test waits at most for packages that are not there yet. */
export const BRINGING_MS = 600_000;

/**
 * Brings a folder of packages unless they are there, and runs one of its programs when one is named.
 * @param folder from the root, such as `tools/lint`
 * @returns what the program prints
 * @throws Error with what it complains of, or with what to do when the packages cannot be had
 */
export async function runTool(folder: string, ...program: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [SCRIPT, folder, ...program])).stdout;
}
