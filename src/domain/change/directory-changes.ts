// Moving and deleting a directory with all that lies below it. It refuses the root: an empty path is too easily sent.

import { type Principal, requireScope } from '../caller/principal.ts';
import { toConflict } from '../conflict.ts';
import { invalidInput } from '../errors.ts';
import { createId } from '../fields/ids.ts';
import { MAX_DIRECTORY_PATH_BYTES, parseDirectoryPath } from '../fields/names.ts';
import { untilFewer } from '../flow/pages.ts';
import type { CallOptions } from '../flow/stream.ts';
import { type Permanence, toDeletion } from './delete-resources.ts';
import type { ResourceChanges } from './ports.ts';

type Call = CallOptions & { readonly principal: Principal; readonly repository: ResourceChanges };

/** What a caller says: the directory `from` is to be found under the path `to`. */
export type MoveDirectoryInput = { readonly from: string; readonly to: string };

/** So many rows are deleted in one transaction: enough to be fast, too few to hold others up. */
const DELETE_CHUNK_ROWS = 5_000;

/**
 * Gives a directory another path, with everything below it, in one transaction. What already lies there stays and the
 * two become one, unless a name is taken: then nothing moves. The bytes stay where they are.
 * @returns how many resources have moved; 0 when there were none in `from`
 * @throws GatewayError `forbidden`, `invalid_input`, `conflict`
 */
export async function moveDirectory(input: MoveDirectoryInput, call: Call): Promise<number> {
  const { principal, repository, signal } = call;
  requireScope(principal, 'resources:write');
  const from = parseBelowRoot('from', input.from);
  const to = parseDirectoryPath(input.to, 'to');
  if (to === from || to.startsWith(`${from}/`)) {
    throw invalidInput('to', 'must lie outside of the directory that is moved; choose another path');
  }
  const outcome = await repository.moveDirectory(
    { accountId: principal.accountId, directoryPath: from },
    { to, changedAt: new Date(), maxPathBytes: MAX_DIRECTORY_PATH_BYTES, signal },
  );
  switch (outcome.kind) {
    case 'moved':
      return outcome.count;
    case 'conflict':
      throw toConflict(outcome, principal);
    case 'path_too_long':
      throw invalidInput(
        'to',
        `would make the path of a directory below longer than ${MAX_DIRECTORY_PATH_BYTES} bytes; choose a shorter one`,
      );
  }
}

/**
 * Deletes everything in a directory and below it, a part at a time: after a failure some of it may be gone, and a
 * repeat goes on with the rest. What goes into the trash together can be restored together.
 * @returns how many resources are gone; 0 when there were none
 * @throws GatewayError `forbidden`, `invalid_input`
 */
export async function deleteDirectory(
  { path, permanent }: { readonly path: string } & Permanence,
  { principal, repository, signal, limits }: Call & { readonly limits: { readonly trashTtlMs: number } },
): Promise<number> {
  requireScope(principal, 'resources:delete');
  const directory = { accountId: principal.accountId, directoryPath: parseBelowRoot('path', path) };
  const how = { ...toDeletion({ permanent }, { principal, limits }), deletionId: createId() };
  const options = { ...how, maxCount: DELETE_CHUNK_ROWS, signal };
  return await untilFewer(DELETE_CHUNK_ROWS, () => repository.deleteDirectory(directory, options));
}

function parseBelowRoot(field: string, path: string): string {
  const parsed = parseDirectoryPath(path, field);
  if (parsed === '/') throw invalidInput(field, 'must not be the root; name a directory in it');
  return parsed;
}
