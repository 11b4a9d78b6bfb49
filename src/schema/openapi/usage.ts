// The REST operation that tells what an account uses.
import type { OperationGroup } from './operation.ts';

export const USAGE_OPERATIONS: OperationGroup = {
  name: 'Usage',
  description: 'What an account uses, and may use.',
  operations: [
    {
      name: 'usage',
      summary: 'Tell what the account uses',
      description:
        'Exact at this moment: each change counts when it is committed. All kinds of bytes count against their limit, and all ' +
        'resources against theirs.',
      answers: [{ status: 200, description: 'What the account uses, and may use', body: 'Usage' }],
      failures: [400, 401, 403, 500, 503],
    },
  ],
};
