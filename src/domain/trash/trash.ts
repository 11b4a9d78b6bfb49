// The trash: what was deleted, and may be had back for a while. No other operation sees what is in it.
import { type AnswerAllowance, answerRecord, MAX_PAGE_BYTES } from '../caller/answer-allowance.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import { type ConflictPolicy, type CreateResult, toConflict } from '../conflict.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { MAX_DIRECTORY_PATH_BYTES, parseDirectoryPath, parseName, toNumberedName } from '../fields/names.ts';
import { createCursor, foreignCursor, parseCursor } from '../find/cursor.ts';
import { type PageInput, parseLimit } from '../find/list-resources.ts';
import { type Page, toPage, untilFewer } from '../flow/pages.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { ResourceRepository } from '../records.ts';
import type { Resource } from '../resource.ts';
import type { Restoration, RestoreOutcome, TrashedPlace, TrashedResource, TrashPosition } from './ports.ts';

type Call = CallOptions & {
  readonly principal: Principal;
  readonly repository: Pick<ResourceRepository, 'listTrash' | 'findTrashed' | 'restore' | 'purge' | 'findById'>;
  readonly limits: { readonly trashTtlMs: number };
  /** What the request may still be answered. */
  readonly allowance: AnswerAllowance;
};

/** So many rows are restored or removed in one transaction: enough to be fast, too few to hold others up. */
const CHUNK_ROWS = 1_000;

/**
 * One page of what is in the trash, the last deleted first. It ends early, with its cursor, when it weighs as much as a page may.
 * @throws GatewayError `forbidden`, `invalid_input`
 */
export async function listTrash(
  { deletionId, ...page }: PageInput & { readonly deletionId?: string | undefined },
  { principal, repository, signal, limits, allowance }: Call,
): Promise<Page<TrashedResource>> {
  requireScope(principal, 'resources:read');
  const limit = parseLimit(page);
  const after = page.cursor === undefined ? null : parseTrashCursor(page.cursor);
  if (deletionId !== undefined && !isId(deletionId)) throw invalidInput('deletionId', 'must be the id of a deletion');
  const query = { accountId: principal.accountId, deletionId: deletionId ?? null, after, maxCount: limit + 1 };
  const { items: found, isCut } = await allowance.answer(MAX_PAGE_BYTES, async (maxBytes) => {
    const listed = await repository.listTrash({ ...query, maxBytes }, { ttlMs: limits.trashTtlMs, signal });
    return { value: listed, bytes: listed.bytes };
  });
  const toCursor = ({ deletedAt, id }: TrashedResource) => createCursor(['trash', deletedAt.getTime(), id]);
  return toPage(found, { limit, isCut, toCursor });
}

function parseTrashCursor(cursor: string): TrashPosition {
  const [kind, deletedMs, id, ...rest] = parseCursor(cursor);
  const isOurs = kind === 'trash' && Number.isSafeInteger(deletedMs) && typeof id === 'string' && isId(id);
  if (!isOurs || rest.length > 0) throw foreignCursor();
  return { deletedMs: Number(deletedMs), id };
}

/** What a caller says to have one back: where it was, unless another name or directory is given. */
export type RestoreInput = {
  readonly id: string;
  readonly name?: string | undefined;
  readonly directoryPath?: string | undefined;
  readonly onConflict?: ConflictPolicy | undefined;
};

/** `result`: `created` when it is back as it was; `kept` and `replaced` are what stands in its place. */
export type Restored = { readonly resource: Resource; readonly result: CreateResult };

/**
 * Takes one out of the trash, with its id, its labels and its versions. Kept, its place's equal content is the answer and it
 * stays in the trash; replaced, its content is a new version of what stands there, and it is gone with its own versions.
 * @throws GatewayError `forbidden`, `invalid_input`, `not_found`, `conflict`
 */
export async function restoreTrashed(input: RestoreInput, call: Call): Promise<Restored> {
  const { principal, repository, signal } = call;
  requireScope(principal, 'resources:write');
  const name = input.name === undefined ? null : parseName(input.name);
  const directoryPath = input.directoryPath === undefined ? null : parseDirectoryPath(input.directoryPath);
  const { accountId } = principal;
  const [place] = isId(input.id) ? await find({ ids: [input.id] }, call) : [];
  if (place === undefined) throw new GatewayError('not_found', { trashedId: input.id });
  const to = toRestoration({ ...place, ...(name && { name }), ...(directoryPath && { directoryPath }) });
  return await answerRecord(call.allowance, putBack, ({ resource }) => resource);

  async function putBack(): Promise<Restored> {
    const [outcome] = await restore([to], { ...call, policy: input.onConflict ?? 'error', isWhole: true });
    if (outcome?.kind === 'conflict') throw toConflict(outcome, principal);
    const id = outcome?.kind === 'restored' ? outcome.restoredId : null;
    const resource = id === null ? null : await repository.findById({ accountId, id }, { signal });
    if (resource === null || outcome?.kind !== 'restored') throw new GatewayError('not_found', { trashedId: input.id });
    return { resource, result: outcome.result };
  }
}

/** What a caller says to have many back: those with these ids, or those of one deletion, all in one directory if given. */
export type RestoreManyInput = {
  readonly ids?: readonly string[] | undefined;
  readonly deletionId?: string | undefined;
  readonly directoryPath?: string | undefined;
  readonly onConflict?: ConflictPolicy | undefined;
};

const MAX_IDS = 100;

/**
 * Takes many out of the trash: up to 100 by their ids, or all that a directory's deletion put there, a part at a time.
 * Nothing of a part comes back when a place of it is taken and it is to be refused; a repeat goes on with the rest.
 * @returns how many there are now that were not before
 * @throws GatewayError `forbidden`, `invalid_input`, `conflict`
 */
export async function restoreManyTrashed(input: RestoreManyInput, call: Call): Promise<number> {
  requireScope(call.principal, 'resources:write');
  const { ids, deletionId, onConflict = 'error' } = input;
  if ((ids === undefined) === (deletionId === undefined)) {
    throw invalidInput('ids', 'or {deletionId} must be given, and not both');
  }
  if (ids !== undefined && ids.length > MAX_IDS) {
    throw invalidInput('ids', `must not hold more than ${MAX_IDS} ids; send several lists`);
  }
  if (deletionId !== undefined && !isId(deletionId)) throw invalidInput('deletionId', 'must be the id of a deletion');
  const directoryPath = input.directoryPath === undefined ? null : parseDirectoryPath(input.directoryPath);
  let restored = 0;
  for await (const places of chunksOf(ids?.filter(isId) ?? null, { ...call, deletionId: deletionId ?? '' })) {
    const wanted = places.map((place) => toRestoration(moved(place, directoryPath)));
    const outcomes = await restore(wanted, { ...call, policy: onConflict, isWhole: onConflict === 'error' });
    const conflict = outcomes.find((outcome) => outcome.kind === 'conflict');
    if (conflict !== undefined && onConflict === 'error') throw toConflict(conflict, call.principal);
    restored += outcomes.filter(({ kind }) => kind === 'restored').length;
  }
  return restored;
}

async function* chunksOf(
  ids: readonly string[] | null,
  call: Call & { readonly deletionId: string },
): AsyncGenerator<readonly TrashedPlace[]> {
  if (ids !== null) return yield await find({ ids }, call);
  let afterId: string | null = null;
  do {
    const query: { deletionId: string; afterId: string | null; maxCount: number } = {
      deletionId: call.deletionId,
      afterId,
      maxCount: CHUNK_ROWS,
    };
    const places = await find(query, call);
    yield places;
    afterId = places.length === CHUNK_ROWS ? (places.at(-1)?.id ?? null) : null;
  } while (afterId !== null);
}

/** A directory keeps its shape below the one that it is put into in the place of the deleted one. */
function moved(place: TrashedPlace, to: string | null): TrashedPlace {
  if (to === null) return place;
  const { deletedPath, directoryPath } = place;
  if (deletedPath === null) return { ...place, directoryPath: to };
  const below = directoryPath.slice(deletedPath.length);
  return { ...place, directoryPath: to === '/' ? below || '/' : `${to}${below}` };
}

function toRestoration({ id, name, directoryPath }: TrashedPlace): Restoration {
  if (Buffer.byteLength(directoryPath) > MAX_DIRECTORY_PATH_BYTES) {
    throw invalidInput(
      'directoryPath',
      `would make a path longer than ${MAX_DIRECTORY_PATH_BYTES} bytes; choose a shorter one`,
    );
  }
  return { id, name, directoryPath, numbered: toNumberedName(name) };
}

type Query = { readonly ids: readonly string[] } | { deletionId: string; afterId: string | null; maxCount: number };

function find(query: Query, { principal, repository, signal, limits }: Call): Promise<readonly TrashedPlace[]> {
  return repository.findTrashed({ accountId: principal.accountId, ...query }, { ttlMs: limits.trashTtlMs, signal });
}

async function restore(
  restorations: readonly Restoration[],
  { principal, repository, signal, policy, isWhole }: Call & { policy: ConflictPolicy; isWhole: boolean },
): Promise<readonly RestoreOutcome[]> {
  if (restorations.length === 0) return [];
  const { accountId, subject: restoredBy } = principal;
  return await repository.restore(restorations, {
    accountId,
    policy,
    isWhole,
    restoredAt: new Date(),
    restoredBy,
    signal,
  });
}

/** Deletes one in the trash for good. @returns false when there was none: a repeat is harmless @throws GatewayError `forbidden` */
export async function deleteTrashed(id: string, { principal, repository, signal }: Call): Promise<boolean> {
  requireScope(principal, 'resources:delete');
  if (!isId(id)) return false;
  return (await repository.purge({ accountId: principal.accountId, id, maxCount: 1 }, { signal })) === 1;
}

/** Deletes all in the trash for good, a part at a time. @returns how many there were @throws GatewayError `forbidden` */
export async function emptyTrash(
  _input: Record<never, never>,
  { principal, repository, signal }: Call,
): Promise<number> {
  requireScope(principal, 'resources:delete');
  const chunk = { accountId: principal.accountId, id: null, maxCount: CHUNK_ROWS };
  return await untilFewer(CHUNK_ROWS, () => repository.purge(chunk, { signal }));
}
