import { OPERATIONS, type OperationName } from '../../../src/schema/operations.ts';

/** GraphQL's root type for an operation, and tRPC's kind of procedure. */
export function kindOf(name: OperationName): 'query' | 'mutation' | 'subscription' {
  const row = OPERATIONS[name];
  if ('isLive' in row) return 'subscription';
  return row.route.startsWith('GET ') ? 'query' : 'mutation';
}
