// The REST operations on directories.
import { readDirectoryInput, restDeleteDirectoryQuery } from '../directory.ts';
import type { OperationGroup } from './operation.ts';

export const DIRECTORY_OPERATIONS: OperationGroup = {
  name: 'Directories',
  description: 'They exist as long as something is in them.',
  operations: [
    {
      name: 'directory',
      summary: 'Read a directory',
      description:
        'How much is in it, and a page of the directories in it, each with the number and the size of everything below.',
      query: readDirectoryInput,
      answers: [{ status: 200, description: 'The directory', body: 'DirectoryPage' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'moveDirectory',
      summary: 'Move a directory',
      description: 'Everything in it, in one transaction: either all of it moves, or, where a name is taken, nothing.',
      body: 'DirectoryMove',
      example: { from: '/docs', to: '/archive' },
      answers: [{ status: 200, description: 'How many resources have moved', body: 'Moved' }],
      failures: [400, 401, 403, 404, 409, 500, 503],
    },
    {
      name: 'deleteDirectory',
      summary: 'Delete a directory',
      description: 'Everything in it, recursively. Repeating it is harmless.',
      query: restDeleteDirectoryQuery,
      answers: [{ status: 200, description: 'How many resources are gone now', body: 'Deleted' }],
      failures: [400, 401, 403, 500, 503],
    },
  ],
};
