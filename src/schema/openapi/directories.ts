// The REST operations on directories.
import { readDirectoryInput, restDeleteDirectoryQuery } from '../directory.ts';
import type { Operation } from './operation.ts';

export const DIRECTORY_OPERATIONS: readonly Operation[] = [
  {
    name: 'directory',
    group: 'Directories',
    summary: 'Read a directory',
    description:
      'How much is in it, and a page of the directories in it, each with the number and the size of everything below. ' +
      'Needs the scope `resources:read`.',
    query: readDirectoryInput,
    answers: [{ status: 200, description: 'The directory', body: 'DirectoryPage' }],
    failures: [400, 401, 403, 404, 500, 503],
  },
  {
    name: 'moveDirectory',
    group: 'Directories',
    summary: 'Move a directory',
    description:
      'Everything in it, in one transaction: either all of it moves, or, where a name is taken, nothing. Needs the scope ' +
      '`resources:write`.',
    body: 'DirectoryMove',
    example: { from: '/docs', to: '/archive' },
    answers: [{ status: 200, description: 'How many resources have moved', body: 'Moved' }],
    failures: [400, 401, 403, 404, 409, 500, 503],
  },
  {
    name: 'deleteDirectory',
    group: 'Directories',
    summary: 'Delete a directory',
    description: 'Everything in it, recursively. Repeating it is harmless. Needs the scope `resources:delete`.',
    query: restDeleteDirectoryQuery,
    answers: [{ status: 200, description: 'How many resources are gone now', body: 'Deleted' }],
    failures: [400, 401, 403, 500, 503],
  },
];
