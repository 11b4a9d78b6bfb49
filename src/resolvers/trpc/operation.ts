// What each tRPC procedure is called in the log and the metrics: as in the other transports, also when it is refused.
import type { AppRouter } from './router.ts';

const OPERATIONS = {
  create: 'createResource',
  createMany: 'createResources',
  byId: 'resource',
  byPath: 'resourceByPath',
  list: 'resources',
  directory: 'directory',
  downloadUrl: 'downloadUrl',
  update: 'updateResource',
  delete: 'deleteResource',
  deleteMany: 'deleteResources',
  moveDirectory: 'moveDirectory',
  deleteDirectory: 'deleteDirectory',
} satisfies Record<keyof AppRouter['_def']['record']['resource'], string>;

const BY_PATH: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).map(([name, operation]) => [`resource.${name}`, operation]),
);

/** The operation that a path asks for; its names, which the caller made up, are never passed on. */
export function toOperation(path: string): string {
  const operations = new Set(path.split(',').map((name) => BY_PATH.get(name) ?? 'unknown'));
  const [first = 'unknown'] = operations;
  return operations.size === 1 ? first : 'several';
}
