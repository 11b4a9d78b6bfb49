// Why a start failed, said once: a sentence for the operator, and a stack only where somebody has to look at the source.

const TELLING_LEVELS: ReadonlySet<string | undefined> = new Set(['debug', 'trace']);

/** What keeps a start from succeeding, without its stack. */
export function toReason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(toReason).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

/** What nobody outside the source can mend. */
function isMistakeOfOurs(error: unknown): boolean {
  const mistakes = [TypeError, ReferenceError, RangeError, SyntaxError];
  return !(error instanceof Error) || mistakes.some((mistake) => error instanceof mistake);
}

function toStacks(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `caused by ${toStacks(error.cause)}`;
  return `${error.stack}\n${cause}`;
}

/** The whole text for standard error, with its line ends. A bad configuration has said all that there is in its message. */
export function toFailureText(error: unknown, env: NodeJS.ProcessEnv): string {
  if (error instanceof Error && (error.name === 'ConfigError' || error.name === 'OtherStoreError'))
    return `${error.message}\n`;
  const told = `Cannot start: ${toReason(error)}\n`;
  // A stack begins with the message, which is not to be read twice.
  if (!isMistakeOfOurs(error) && !TELLING_LEVELS.has(env.LOG_LEVEL)) return told;
  return error instanceof Error ? `Cannot start: ${toStacks(error)}` : told;
}
