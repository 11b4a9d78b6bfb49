// The REST operations on the trash.
import { restListTrashQuery } from '../trash.ts';
import { type OperationGroup, toOutcome } from './operation.ts';

export const TRASH_OPERATIONS: OperationGroup = {
  name: 'Trash',
  description: 'What was deleted, and may be had back for a while.',
  operations: [
    {
      name: 'trash',
      summary: 'List the trash',
      description: 'A page of what was deleted, the last first, until it expires.',
      query: restListTrashQuery,
      answers: [{ status: 200, description: 'A page', body: 'TrashPage' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'restoreTrashed',
      summary: 'Restore from the trash',
      description:
        'Puts a resource back where it was, or where you say, with its id, labels and versions. When that place is taken, ' +
        'on_conflict says what happens: with replace its content becomes a new version of what is there.',
      body: 'TrashRestore',
      example: { directory_path: '/docs', on_conflict: 'rename' },
      answers: [toOutcome('`created`, `kept`, `renamed` or `replaced`; see on_conflict')],
      failures: [400, 401, 403, 404, 409, 500, 503],
    },
    {
      name: 'restoreManyTrashed',
      summary: 'Restore many from the trash',
      description:
        'Up to 100 by their ids, or all that the deletion of a directory put there, a part at a time. Of a part nothing ' +
        'comes back when a place is taken and that is to be refused.',
      body: 'TrashRestoreMany',
      example: { deletion_id: '01900000-0000-7000-8000-000000000000' },
      answers: [{ status: 200, description: 'How many are there now', body: 'Restored' }],
      failures: [400, 401, 403, 409, 500, 503],
    },
    {
      name: 'deleteTrashed',
      summary: 'Delete for good',
      description: 'What is in the trash, with all its versions. Repeating it is harmless.',
      answers: [{ status: 200, description: 'How many are gone now: 1 or 0', body: 'Deleted' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'emptyTrash',
      summary: 'Empty the trash',
      description: 'Deletes everything in it for good, a part at a time.',
      answers: [{ status: 200, description: 'How many are gone now', body: 'Deleted' }],
      failures: [400, 401, 403, 500, 503],
    },
  ],
};
