// What the command `resource-gateway` does with its first word: each word is a program of its own, which reads what follows.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `Serves, keeps and asks a resource gateway.

Usage: resource-gateway COMMAND [flags]

For operators, with the server's own configuration in the environment:
  start    serves until it is told to stop
  token    prints a token for the development key
  account  shows and sets what one account may store
  sweep    removes what no resource needs
  verify   compares what is stored with what is recorded
  doctor   looks at the configuration and tries every known attack against it

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

/** As `npm start` gives it, and not to be had once a process runs (docs/decisions/0008). */
const START_FLAG = '--max-semi-space-size=2';

async function run([command, ...args]: readonly string[]): Promise<void> {
  if (command === undefined || command === '--help' || command === 'help') return void process.stdout.write(HELP);
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
