// Which parameters the query of each REST route may name: those that its description has.
import { OPERATIONS as NAMED } from '../operations.ts';
import { OPERATIONS } from './document.ts';

/** By method and path, such as `GET /v1/resources/{id}`. A route that judges its own query is not among them. */
export function listQueryParameters(): ReadonlyMap<string, readonly string[]> {
  // What needs no token judges its query first: a token may be in it.
  const judged = OPERATIONS.filter(({ tokenless }) => tokenless !== true);
  return new Map(
    judged.map(({ name, query }) => [NAMED[name].route, query === undefined ? [] : Object.keys(query.shape)]),
  );
}
