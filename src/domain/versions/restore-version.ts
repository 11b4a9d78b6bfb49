// Going back to an earlier content: it becomes a new version on top, and history stays as it is.
import { type AnswerAllowance, answerRecord } from '../caller/answer-allowance.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import type { CreateResult } from '../conflict.ts';
import { INLINE_BUCKET } from '../content/blob-store.ts';
import type { ConfirmedBlobs } from '../create/confirmed-blobs.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import { quotaExceeded } from '../usage/usage.ts';
import { isVersionNumber } from './list-versions.ts';
import type { VersionId, VersionRecords } from './ports.ts';

type Call = CallOptions & {
  readonly principal: Principal;
  readonly repository: VersionRecords;
  readonly allowance: AnswerAllowance;
  readonly confirmed: ConfirmedBlobs;
};

/** `kept`: its content is equal to what the resource has, so that there is no new version. */
export type RestoredVersion = {
  readonly resource: Resource;
  readonly result: Extract<CreateResult, 'replaced' | 'kept'>;
};

/**
 * Gives a resource the content of one of its versions again, with the type and the origin that it had; name, tags and
 * metadata stay.
 * @throws GatewayError `forbidden`, `quota_exceeded`, `not_found` when there is no such resource or version; Error when the
 *   store has lost the version's bytes, and nothing is changed then
 */
export async function restoreVersion(
  { id, number }: { readonly id: string; readonly number: number },
  call: Call,
): Promise<RestoredVersion> {
  const { principal, repository, allowance, signal } = call;
  requireScope(principal, 'resources:write');
  if (!isId(id) || !isVersionNumber(number)) throw new GatewayError('not_found', { id, number });
  await requireBytes({ accountId: principal.accountId, id, number }, call);
  return await answerRecord(allowance, restore, ({ resource }) => resource);

  async function restore(): Promise<RestoredVersion> {
    const outcome = await repository.restoreVersion(
      { accountId: principal.accountId, id, number },
      { restoredAt: new Date(), restoredBy: principal.subject, signal },
    );
    if (outcome.kind === 'not_found') throw new GatewayError('not_found', { id, number });
    if (outcome.kind === 'no_room') throw quotaExceeded(outcome.room, outcome.sizeBytes);
    return { resource: outcome.resource, result: outcome.kind === 'kept' ? 'kept' : 'replaced' };
  }
}

/** A content that can be read does not make way for one whose bytes the store has lost. */
async function requireBytes(version: VersionId, { repository, confirmed, signal }: Call): Promise<void> {
  const content = await repository.findVersionContent(version, { signal });
  if (content === null) throw new GatewayError('not_found', { id: version.id, number: version.number });
  if (content.location.bucket === INLINE_BUCKET) return;
  if (await confirmed.confirm(content, { signal })) return;
  throw new Error(`the store has lost the bytes of a version: ${content.location.key}`);
}
