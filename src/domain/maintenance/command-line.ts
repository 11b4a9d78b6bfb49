// How an operator calls a command of this product where it runs: in a checkout by npm, else as the program of the package.

/** As `bin/resource-gateway.js` has it: below node_modules it is an installed package. */
const isInstalled = import.meta.url.split('/').includes('node_modules');

export type OperatorCommand = 'account' | 'doctor' | 'sweep' | 'token' | 'verify';

/** What to type: `npm run sweep -- --dry-run`, or `npx resource-gateway sweep --dry-run`. */
export function toCommandLine(command: OperatorCommand, flags = ''): string {
  if (isInstalled) return `npx resource-gateway ${command} ${flags}`.trim();
  // What it prints is for a program to read, and npm would print its own lines before.
  const silent = command === 'token' ? '--silent ' : '';
  return `npm run ${silent}${command}${flags === '' ? '' : ` -- ${flags}`}`;
}
