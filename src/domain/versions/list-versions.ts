// Reading versions: a page of them, or the content of one. Those of a resource in the trash are not shown.
import { type Principal, requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { createCursor, foreignCursor, parseCursor } from '../find/cursor.ts';
import { type PageInput, parseLimit } from '../find/list-resources.ts';
import { type Page, toPage } from '../flow/pages.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Version, VersionRecords } from './ports.ts';

type Call = CallOptions & { readonly principal: Principal; readonly repository: VersionRecords };

/** No number is larger: the database's `int`. */
const MAX_NUMBER = 2 ** 31 - 1;

/**
 * One page of a resource's versions, the current one first.
 * @throws GatewayError `forbidden`, `invalid_input`, `not_found`
 */
export async function listVersions(
  { id, ...page }: PageInput & { readonly id: string },
  call: Call,
): Promise<Page<Version>> {
  const { principal, repository, signal } = call;
  requireScope(principal, 'resources:read');
  const limit = parseLimit(page);
  const before = page.cursor === undefined ? null : parseVersionCursor(page.cursor, id);
  if (!isId(id)) throw new GatewayError('not_found', { id });
  const query = { accountId: principal.accountId, id, before, maxCount: limit + 1 };
  const found = await repository.listVersions(query, { signal });
  // There is always a current one.
  if (found.length === 0 && before === null) throw new GatewayError('not_found', { id });
  return toPage(found, { limit, toCursor: ({ number }) => createCursor(['version', id.toLowerCase(), number]) });
}

function parseVersionCursor(cursor: string, id: string): number {
  const [kind, resourceId, number, ...rest] = parseCursor(cursor);
  const isOurs = kind === 'version' && resourceId === id.toLowerCase() && isVersionNumber(number) && rest.length === 0;
  if (!isOurs) throw foreignCursor();
  return number;
}

/** Whether there may be a version with this number. */
export function isVersionNumber(number: unknown): number is number {
  return Number.isInteger(number) && Number(number) >= 1 && Number(number) <= MAX_NUMBER;
}
