#!/usr/bin/env node
// The command `resource-gateway`. Plain JavaScript that also an old Node can read, to which it says what it needs.
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Below node_modules Node strips no types; in a checkout nothing need be built.
const isInstalled = root.split(sep).includes('node_modules');
const programs = isInstalled ? join(root, 'dist', 'js', 'src') : join(root, 'src');
const ending = isInstalled ? '.js' : '.ts';

if (major < 22 || (major === 22 && minor < 17)) {
  process.stderr.write(`resource-gateway needs Node 22.17 or later; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else if (!existsSync(programs)) {
  process.stderr.write(`${programs} is missing; install the package again\n`);
  process.exitCode = 1;
} else {
  await import(pathToFileURL(join(programs, 'commands', `run${ending}`)).href);
}
