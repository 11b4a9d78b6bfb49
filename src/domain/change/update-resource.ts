// Renaming, moving and relabelling one resource. Its bytes are never touched.

import { type AnswerAllowance, answerRecord } from '../caller/answer-allowance.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import { toConflict } from '../conflict.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { type JsonObject, parseMetadata, parseTags } from '../fields/labels.ts';
import { parseDirectoryPath, parseName } from '../fields/names.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import { parseExpectedVersion } from './expected-version.ts';
import type { ResourceChange, ResourceChanges } from './ports.ts';

/** What a caller says: an absent field stays as it is. */
export type UpdateResourceInput = {
  readonly name?: string | undefined;
  readonly directoryPath?: string | undefined;
  /** Takes the place of all tags. */
  readonly tags?: readonly string[] | undefined;
  /** Takes the place of all metadata; null clears it. */
  readonly metadata?: JsonObject | null | undefined;
  /** See `parseExpectedVersion`. */
  readonly ifMatch?: string | undefined;
};

type Call = CallOptions & {
  readonly principal: Principal;
  readonly repository: ResourceChanges;
  readonly allowance: AnswerAllowance;
};

/**
 * Changes the resource with this id in the caller's account; its `updatedAt` moves forward.
 * @throws GatewayError `forbidden`, `invalid_input`, `not_found`, `precondition_failed`, `conflict`
 */
export async function updateResource(
  { id, ...input }: UpdateResourceInput & { readonly id: string },
  call: Call,
): Promise<Resource> {
  const { principal, repository, allowance, signal } = call;
  requireScope(principal, 'resources:write');
  const change = parseChange(input);
  const expected = parseExpectedVersion(input.ifMatch);
  if (!isId(id)) throw new GatewayError('not_found', { id });
  const { accountId } = principal;
  return await answerRecord(allowance, update, (resource) => resource);

  async function update(): Promise<Resource> {
    const outcome = await repository.update({ accountId, id, expected }, { change, changedAt: new Date(), signal });
    switch (outcome.kind) {
      case 'updated':
        return outcome.resource;
      case 'not_found':
        throw new GatewayError('not_found', { id });
      case 'stale':
        throw new GatewayError('precondition_failed', { id });
      case 'conflict':
        throw toConflict(outcome, principal);
    }
  }
}

function parseChange({ name, directoryPath, tags, metadata }: UpdateResourceInput): ResourceChange {
  const change: ResourceChange = {
    ...(name === undefined ? {} : { name: parseName(name) }),
    ...(directoryPath === undefined ? {} : { directoryPath: parseDirectoryPath(directoryPath) }),
    ...(tags === undefined ? {} : { tags: parseTags(tags) }),
    ...(metadata === undefined ? {} : { metadata: metadata && parseMetadata(metadata) }),
  };
  // Most likely a misspelt field: answering as if something had changed would hide it.
  if (Object.keys(change).length === 0) {
    throw invalidInput('the input', 'must change something: give name, {directoryPath}, tags or metadata');
  }
  return change;
}
