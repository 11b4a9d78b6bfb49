// What a start says of itself while it lasts: one line for each thing that may take long. It imports nothing, so that the
// first line is there before anything else is loaded.

/** Takes what is being done now, in words that stand alone. */
export type TellStep = (step: string) => void;

/** The levels of the log that keep quiet about what goes well. */
const QUIET_LEVELS: ReadonlySet<string | undefined> = new Set(['fatal', 'error', 'warn', 'silent']);

/** Lines for people; in production the log's own lines instead, since nothing else is expected there. */
export function createStepLines(env: NodeJS.ProcessEnv, write: (line: string) => void): TellStep {
  if (env.NODE_ENV !== 'production') return (step) => write(`${step}\n`);
  if (QUIET_LEVELS.has(env.LOG_LEVEL)) return () => {};
  return (step) => {
    const line = { level: 30, time: new Date().toISOString(), pid: process.pid, msg: step };
    write(`${JSON.stringify(line)}\n`);
  };
}
