// What may be said to create a resource, in the two spellings of its keys. Shapes only: the rules are the domain's.
import { z } from 'zod';
import { CONFLICT_POLICIES, type ConflictPolicy } from '../domain/conflict.ts';
import type { StreamedContent } from '../domain/content/staging.ts';
import type { CreateResourceInput } from '../domain/create/create-resource.ts';
import { GatewayError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/fields/labels.ts';
import { inputObject, type NullsAbsent } from './parse-input.ts';
import { required } from './required.ts';
import { toRestShape } from './spelling.ts';

/** Everything in a body that is not content, taken together. */
export const MAX_FIELDS_BYTES = 1024 * 1024;

export const isJsonObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const name = z.string(required('must be a string')).describe('Name of the resource: 1–255 characters, no "/"');
const directoryPath = z
  .string(required('must be a string'))
  .describe('Path of the directory that holds it, for example /docs');
const expectedSha256 = z
  .string('must be a string')
  .optional()
  .describe("The content's sha256 in hex, 64 digits; any other content is refused");
const source = {
  content: z
    .string('must be a string of the form data:<MIME_TYPE>;base64,<DATA>')
    .optional()
    .describe('The file itself: data:<MIME_TYPE>;base64,<DATA>. Exactly one of content and uri is given'),
  uri: z
    .string('must be a string')
    .optional()
    .meta({ format: 'uri', description: 'Where to fetch the file from; it is copied into our storage' }),
  tags: z
    .array(z.string('must be an array of strings'), 'must be an array of strings')
    .optional()
    .describe('Up to 100 tags of 1–255 characters; trimmed, duplicates dropped, order kept'),
  // Not z.record: that copies, and a copy loses keys such as __proto__.
  metadata: z.custom<JsonObject>(isJsonObject, 'must be a JSON object').optional().meta({
    type: 'object',
    additionalProperties: true,
    description: 'Any JSON object; it comes back exactly as sent',
  }),
};

export const onConflict = z
  .enum(CONFLICT_POLICIES, `must be one of ${CONFLICT_POLICIES.join(', ')}`)
  .optional()
  .describe(
    'When the name is taken: error (when absent) refuses; keep answers what is there if its content is equal; rename takes ' +
      'the next free "name (2).ext"; replace makes a new version of it',
  );
const ifMatch = z
  .string('must be a string')
  .optional()
  .describe(
    'With replace: the updated_at of the version that is meant, as it was shown, or its ETag; no other is replaced',
  );

/** The input of GraphQL and tRPC. */
export const createResourceInput = inputObject({
  name,
  directoryPath,
  ...source,
  expectedSha256,
  onConflict,
  ifMatch,
});
/** The input of REST, as the contract spells it. */
export const restCreateResourceInput = toRestShape(createResourceInput);

export type CreateResourceRequest = z.output<typeof createResourceInput>;

/**
 * What `createResourceInput` takes, written out for those who have no zod: it is what the types of a typed client show.
 * `test/schema/written-types.test.ts` compares the two.
 */
export type CreateFields = {
  /** 1–255 characters, no "/"; unique in its directory. */
  name: string;
  /** The directory that holds it, for example "/docs". */
  directoryPath: string;
  /** The file itself: `data:<MIME_TYPE>;base64,<DATA>`. Exactly one of `content` and `uri` is given. */
  content?: string | undefined;
  /** Where to fetch the file from; it is copied into the gateway's storage. */
  uri?: string | undefined;
  /** Up to 100 tags of 1–255 characters. */
  tags?: string[] | undefined;
  /** Any JSON object; it comes back exactly as sent. */
  metadata?: JsonObject | undefined;
  /** The content's sha256 in hex; any other content is refused. */
  expectedSha256?: string | undefined;
  /** What is to happen when the name is taken; it is refused when absent. */
  onConflict?: ConflictPolicy | undefined;
  /** With `replace`: the `updatedAt` of the version that is meant, or its ETag; no other is replaced. */
  ifMatch?: string | undefined;
};
/** What a client may write for it: null where a field is left out. */
export type WrittenCreateResource = NullsAbsent<CreateFields>;

/**
 * The domain's input, with staged content put where the body holds its stand-in.
 * @throws GatewayError `fields_too_large` when a string as long as only content may be stands elsewhere
 */
export function toCreateResourceInput(request: CreateResourceRequest, streamed: StreamedContent): CreateResourceInput {
  const { content: _content, ...fields } = request;
  requireNotStreamed(fields, streamed);
  return { ...request, content: (request.content && streamed.get(request.content)) || request.content };
}

/**
 * Makes sure that nothing which is to be kept holds the stand-in for a string too long for it.
 * @throws GatewayError `fields_too_large`
 */
export function requireNotStreamed(fields: object, streamed: StreamedContent): void {
  if (streamed.size === 0) return;
  const text = JSON.stringify(fields);
  for (const placeholder of streamed.keys()) {
    if (text.includes(placeholder)) throw new GatewayError('fields_too_large', { maxBytes: MAX_FIELDS_BYTES });
  }
}
