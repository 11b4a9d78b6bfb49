// The REST operations on versions.
import { restListVersionsQuery } from '../versions.ts';
import { type OperationGroup, toOutcome } from './operation.ts';

export const VERSION_OPERATIONS: OperationGroup = {
  name: 'Versions',
  description: 'The contents that a resource had.',
  operations: [
    {
      name: 'versions',
      summary: "List a resource's versions",
      description:
        'A page of the contents that it has and had, the newest first. Earlier ones are kept for a while, and so many of ' +
        'them.',
      query: restListVersionsQuery,
      answers: [{ status: 200, description: 'A page', body: 'VersionPage' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'restoreVersion',
      summary: 'Restore a version',
      description:
        'Gives the resource that content again, as a new version on top: nothing of its history is lost. Where it has equal ' +
        'content already nothing changes.',
      answers: [toOutcome('`replaced`, or `kept` where nothing has changed')],
      failures: [400, 401, 403, 404, 500, 503],
    },
  ],
};
