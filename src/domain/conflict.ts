// What happens when a place is taken: the refusal, and the policies by which a create goes on instead.
import type { Principal } from './caller/principal.ts';
import { parseExpectedVersion } from './change/expected-version.ts';
import { GatewayError, invalidInput } from './errors.ts';
import { type NumberedName, toNumberedName } from './fields/names.ts';

export const CONFLICT_POLICIES = ['error', 'keep', 'rename', 'replace'] as const;
/**
 * `error`: refused. `keep`: what stands there is the answer when its content is equal, else refused. `rename`: the next free
 * "name (2).ext". `replace`: a new version of what stands there, unless the content is equal.
 */
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

export const CREATE_RESULTS = ['created', 'kept', 'renamed', 'replaced'] as const;
/** What a create has come to. */
export type CreateResult = (typeof CREATE_RESULTS)[number];

/** What is to happen when a record's place is taken, checked. */
export type ConflictRule = {
  readonly policy: ConflictPolicy;
  /** Only what stands there in one of these versions, null for any, is replaced; null: that, or an empty place is filled. */
  readonly ifMatch: { readonly updatedAt: readonly Date[] | null } | null;
  /** What the numbers of other names are put into. */
  readonly numbered: NumberedName;
  /** Whether what is replaced keeps its own. */
  readonly keepsTags: boolean;
  readonly keepsMetadata: boolean;
};

/** What a caller says of it. */
export type ConflictInput = {
  readonly onConflict?: ConflictPolicy | undefined;
  /** See `parseExpectedVersion`; for `replace` alone. */
  readonly ifMatch?: string | undefined;
};

/** A place that is taken. */
export type TakenPlace = { readonly directoryPath: string; readonly name: string; readonly existingId: string };

/** The rule of who says nothing. */
export const REFUSING: ConflictRule = {
  policy: 'error',
  ifMatch: null,
  numbered: { stem: '', extension: '' },
  keepsTags: false,
  keepsMetadata: false,
};

/**
 * The rule that a caller asks for; labels that are not given are kept where something is replaced.
 * @throws GatewayError `invalid_input`
 */
export function parseConflictRule(
  { onConflict = 'error', ifMatch }: ConflictInput,
  record: { readonly name: string; readonly keepsTags: boolean; readonly keepsMetadata: boolean },
): ConflictRule {
  if (ifMatch !== undefined && onConflict !== 'replace') {
    throw invalidInput('ifMatch', 'needs {onConflict} to be replace: nothing else changes what is there');
  }
  if (onConflict === 'error') return REFUSING;
  const { name, keepsTags, keepsMetadata } = record;
  const expected = ifMatch === undefined ? null : { updatedAt: parseExpectedVersion(ifMatch)?.updatedAt ?? null };
  return { policy: onConflict, ifMatch: expected, numbered: toNumberedName(name), keepsTags, keepsMetadata };
}

/** Whether what comes may end as one that stands there already, and so add no resource. */
export function mayTakePlace({ policy }: ConflictRule): boolean {
  return policy === 'keep' || policy === 'replace';
}

/** The refusal for a place that is taken; only who may read learns by what. */
export function toConflict({ directoryPath, name, existingId }: TakenPlace, { scopes }: Principal) {
  const shownId = scopes.has('resources:read') ? existingId : null;
  return new GatewayError('conflict', { directoryPath, name, existingId: shownId });
}
