// Tests of the console see what its sources are now, not what an install built of them.
import { join, resolve } from 'node:path';

const BUILD = join(resolve(import.meta.dirname, '../../..'), 'scripts/build-console.js');

export default async function setup(): Promise<void> {
  const { buildConsole, canBuildConsole } = await import(BUILD);
  if (canBuildConsole()) buildConsole();
}
