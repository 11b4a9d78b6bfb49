// What a server started for the tests does at its end: the same whether it is asked to, or its parent has died.

/** Calls `stop` once, when standard input ends or the process is told to end, and then exits. */
export function endWithParent(stop: () => Promise<void>): void {
  let stopping = false;
  const end = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await stop().catch((thrown: unknown) => console.error(thrown));
    process.exit();
  };
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end);
  // An interrupt reaches the whole group; the parent decides, and its end is what counts.
  process.on('SIGINT', () => undefined);
}

/** Tells the parent, which waits for one line: a server, or why there is none. */
export function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
