// The word `exec` for cmd.exe, by which npm runs scripts on Windows. In a POSIX shell it makes the program take the shell's
// place, so that a signal to npm reaches it; cmd.exe has no such thing, and just runs what follows.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts it where npm finds programs.
 * @param {string} modules the folder node_modules
 */
export function writeWindowsExec(modules) {
  const programs = join(modules, '.bin');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, 'exec.cmd'), '@%*\r\n');
}
