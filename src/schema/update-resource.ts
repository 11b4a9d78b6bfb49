// What may be said to change a resource, in the two spellings of its keys. Shapes only: the rules are the domain's.
import { z } from 'zod';
import type { JsonObject } from '../domain/fields/labels.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestShape } from './spelling.ts';

const isJsonObjectOrNull = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

const id = z.string(required('must be a string')).describe('The id of a resource');
const name = z.string('must be a string').optional().describe('New name: 1–255 characters, no "/"');
const directoryPath = z.string('must be a string').optional().describe('New directory, for example /docs');
const ifMatch = z
  .string('must be a string')
  .optional()
  .describe('The updated_at of the version that is meant, as it was shown, or its ETag; any other version is refused');
const labels = {
  tags: z
    .array(z.string('must be an array of strings'), 'must be an array of strings')
    .optional()
    .describe('Up to 100 tags of 1–255 characters, in place of all that there are'),
  // Not z.record: that copies, and a copy loses keys such as __proto__.
  metadata: z
    .custom<JsonObject | null>(isJsonObjectOrNull, 'must be a JSON object, or null to clear it')
    .optional()
    .meta({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'Any JSON object, in place of all that there is; null clears it',
    }),
};

/** The input of GraphQL and tRPC. */
export const updateResourceInput = inputObject({ id, name, directoryPath, ...labels, ifMatch });
/** What is to change, where the address names the resource. */
export const updateResourceFields = updateResourceInput.omit({ id: true });
/** The body of a PATCH in REST, where the address names the resource. */
export const restUpdateResourceInput = toRestShape(updateResourceFields).describe(
  'What is to change; a field that is absent stays as it is',
);

export const permanent = z
  .boolean('must be true or false')
  .optional()
  .describe('Past the trash: what is deleted so cannot be restored');
/** What REST takes of it in an address, where everything is text. */
export const permanentQuery = z
  .enum(['true', 'false'], 'must be true or false')
  .optional()
  .describe('true: past the trash; what is deleted so cannot be restored');

/** The input of a delete in GraphQL and tRPC. */
export const deleteResourceInput = inputObject({ id, ifMatch, permanent });
/** The query of a delete in REST. */
export const restDeleteResourceQuery = inputObject({ permanent: permanentQuery });
/** Several to be deleted, in every transport. */
export const deleteResourcesInput = inputObject({
  ids: z
    .array(z.string('must be an array of ids'), required('must be an array of ids'))
    .describe('Up to 100 ids; those that are already gone do not count'),
  permanent,
});
/** What every delete answers in REST and tRPC. */
export const deleted = z.object({
  deleted: z.int().describe('How many resources are gone now; those that were gone before do not count'),
});
