// Why a program of PostgreSQL failed, in one line.

/** Its own last word about a fatal error, or what kept it from running. */
export function toReason(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
  return findReason(said.split('\n')) ?? (error instanceof Error ? error.message : String(error));
}

/** The first line that tells of an error, without the time before it; null when none does. */
export function findReason(lines: readonly string[]): string | null {
  const line = lines.find((candidate) => /\b(?:FATAL|PANIC|error):/.test(candidate));
  return line?.replace(/^.*?\b(?:FATAL|PANIC|error):\s*/, '') ?? null;
}
