// What the command `resource-gateway` does with its first word: each word is a program of its own, which reads what follows.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AskingCommand } from './asking/command.ts';

const HELP = `Serves, keeps and asks a resource gateway.

Usage: resource-gateway COMMAND [flags]

For operators, with the server's own configuration in the environment:
  start    serves until it is told to stop
  token    prints a token for the development key
  account  shows and sets what one account may store
  sweep    removes what no resource needs
  verify   compares what is stored with what is recorded
  doctor   looks at the configuration and tries every known attack against it

For users of any gateway, named by RESOURCE_GATEWAY_URL, with the token in RESOURCE_GATEWAY_TOKEN:
  put      sends files, directories, or standard input
  get      fetches them
  sync     makes one directory be as another
  ls       shows what is in a directory
  find     finds files by what is known of them
  mv       renames and moves
  rm       deletes
  tag      changes tags
  events   tells what has happened
  usage    shows what the account uses

resource-gateway COMMAND --help tells more of each. Exit status: 0 done, 1 failed, 2 a command line with a mistake.
`;

/** Each beside this file, and run by being loaded: it then reads the command line as if it had been started itself. */
const PROGRAMS: { readonly [command: string]: string } = {
  start: '../main',
  token: './token',
  account: './account',
  sweep: './sweep',
  verify: './verify',
  doctor: './doctor',
};

/** Each loaded when it is asked for. */
const ASKING: { readonly [command: string]: () => Promise<{ readonly command: AskingCommand }> } = {
  put: () => import('./asking/put.ts'),
  get: () => import('./asking/get.ts'),
  sync: () => import('./asking/sync.ts'),
  ls: () => import('./asking/ls.ts'),
  find: () => import('./asking/find.ts'),
  mv: () => import('./asking/mv.ts'),
  rm: () => import('./asking/rm.ts'),
  tag: () => import('./asking/tag.ts'),
  events: () => import('./asking/events.ts'),
  usage: () => import('./asking/usage.ts'),
};

/** As `npm start` gives it, and not to be had once a process runs (docs/decisions/0008). */
const START_FLAG = '--max-semi-space-size=8';

async function run([command, ...args]: readonly string[]): Promise<void> {
  if (command === undefined || command === '--help' || command === 'help') return void process.stdout.write(HELP);
  const asking = Object.hasOwn(ASKING, command) ? ASKING[command] : undefined;
  if (asking !== undefined) {
    const [{ ask }, loaded] = await Promise.all([import('./asking/command.ts'), asking()]);
    return await ask(loaded.command, args, process.env);
  }
  const program = Object.hasOwn(PROGRAMS, command) ? PROGRAMS[command] : undefined;
  if (program === undefined) {
    process.stderr.write(`there is no command ${JSON.stringify(command)}\nSee resource-gateway --help\n`);
    process.exitCode = 2;
    return;
  }
  const address = new URL(`${program}${extname(import.meta.url)}`, import.meta.url);
  // Workers of `start` are told to run what stands here, with what follows.
  process.argv = [process.execPath, fileURLToPath(address), ...args];
  if (command === 'start') restart();
  await import(address.href);
}

/** Begins again in the same process with the flags of `npm start`, where the system can do that and it is not so already. */
function restart(): void {
  if (process.execve === undefined || process.platform === 'win32' || process.execArgv.includes(START_FLAG)) return;
  process.execve(process.execPath, [process.execPath, START_FLAG, ...process.argv.slice(1)], process.env);
}

await run(process.argv.slice(2));
