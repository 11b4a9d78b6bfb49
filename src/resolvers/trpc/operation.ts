// Each tRPC call has its operation's name in the log and the metrics from the start, also when it is refused.
import { OPERATIONS } from '../../schema/operations.ts';

const BY_PATH: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).flatMap(([name, { procedure }]) => (procedure === null ? [] : [[procedure, name]])),
);

/** The operation that a path asks for; its names, which the caller made up, are never passed on. */
export function toOperation(path: string): string {
  const operations = new Set(path.split(',').map((name) => BY_PATH.get(name) ?? 'unknown'));
  const [first = 'unknown'] = operations;
  return operations.size === 1 ? first : 'several';
}
