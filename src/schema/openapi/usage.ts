// The REST operation that tells what an account uses.
import type { Operation } from './operation.ts';

export const USAGE_OPERATIONS: readonly Operation[] = [
  {
    name: 'usage',
    group: 'Usage',
    summary: 'Tell what the account uses',
    description:
      'Exact at this moment: each change counts when it is committed. All kinds of bytes count against their limit, and all ' +
      'resources against theirs. Needs the scope `resources:read`.',
    answers: [{ status: 200, description: 'What the account uses, and may use', body: 'Usage' }],
    failures: [401, 403, 500, 503],
  },
];
