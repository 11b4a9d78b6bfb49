// What may be said to begin an upload, and what one looks like, in the two spellings of its keys. Shapes only.
import { z } from 'zod';
import { type Spell, toSentence } from '../domain/errors.ts';
import type { Page as DomainPage } from '../domain/flow/pages.ts';
import type { CreateUploadInput } from '../domain/uploads/create-upload.ts';
import type { SignedParts } from '../domain/uploads/direct-parts.ts';
import { UPLOAD_METHODS, UPLOAD_STATES, type Upload } from '../domain/uploads/upload.ts';
import type { ReceivedPart } from '../domain/uploads/upload-store.ts';
import { type CreateFields, createResourceInput, isJsonObject } from './create-resource.ts';
import { infinitePage, type Page, page, restPageOf } from './pages.ts';
import { inputObject, type NullsAbsent } from './parse-input.ts';
import { required } from './required.ts';
import { restResource } from './resource.ts';
import { toRestKeys, toRestShape, toSnakeCase } from './spelling.ts';

const { content: _content, uri: _uri, ...intended } = createResourceInput.shape;
/** The fields of a create without its content, which the upload brings. */
export const intendedResourceInput = inputObject(intended);

const sizeBytes = z.number('must be a number of bytes').optional().meta({
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description: 'How many bytes there will be; absent: it is said later. A direct upload needs it',
});
const method = z
  .enum(UPLOAD_METHODS, `must be one of ${UPLOAD_METHODS.join(', ')}`)
  .optional()
  .describe('resumable (when absent): through the gateway, piece by piece; direct: in parts into the store');

const mimeType = z
  .string('must be a type like text/plain')
  .optional()
  .describe('The type of the content, as its sender declares it; absent: detected');

/** The input of every transport; what `resource` may hold is checked by `toCreateUploadInput`. */
export const createUploadInput = inputObject({
  sizeBytes,
  expectedSha256: createResourceInput.shape.expectedSha256,
  method,
  mimeType,
  resource: z
    .custom<object>(isJsonObject, 'must be an object')
    .optional()
    .describe('What it is to end in, if anything'),
});

type Intended = z.output<typeof intendedResourceInput>;

/** What both take, written out; see `CreateFields`. */
export type CreateUploadFields = {
  /** How many bytes there will be; a direct upload needs it. */
  sizeBytes?: number | undefined;
  /** The content's sha256 in hex; any other content is refused. */
  expectedSha256?: string | undefined;
  /** `resumable` when absent. */
  method?: Upload['method'] | undefined;
  /** The content's type, as its sender declares it; detected when absent. */
  mimeType?: string | undefined;
  /** The resource that it is to end in, if any. */
  resource?: NullsAbsent<Omit<CreateFields, 'content' | 'uri'>> | undefined;
};
/** What a client may write for it: null where a field is left out. */
export type WrittenCreateUpload = NullsAbsent<CreateUploadFields>;

/** As REST documents it. */
export const restCreateUploadInput = toRestShape(createUploadInput).extend({
  resource: toRestShape(intendedResourceInput)
    .optional()
    .describe('The resource that the upload is to end in; absent: a create takes its content later, as upload:<id>'),
});

/** The domain's input. @param parse judges what `resource` holds, as its transport spells it */
export function toCreateUploadInput(
  { resource, ...input }: z.output<typeof createUploadInput>,
  parse: (value: unknown) => Intended,
): CreateUploadInput {
  return { ...input, ...(resource !== undefined && { resource: parse(resource) }) };
}

/** Which upload; in REST the address says it. */
export const uploadIdInput = inputObject({
  id: z.string(required('must be a string')).describe('The id of an upload'),
});

export const listUploadsInput = inputObject(page);
/** The same in tRPC, whose clients may begin with a null cursor. */
export const infiniteUploadsInput = inputObject(infinitePage);
export const restListUploadsQuery = toRestShape(listUploadsInput);

const numbers = z
  .array(z.number('must be an array of numbers'), required('must be an array of numbers'))
  .meta({ items: { type: 'integer', minimum: 1 }, description: 'Which parts, counted from 1; up to 100 at once' });
export const uploadPartsInput = inputObject({ ...uploadIdInput.shape, numbers });
export const restUploadPartsInput = inputObject({ numbers });

/** An upload as GraphQL and tRPC show it: times are RFC 3339, sizes are numbers. */
export type PublicUpload = {
  id: string;
  state: Upload['state'];
  method: Upload['method'];
  sizeBytes: number | null;
  offset: number;
  expectedSha256: string | null;
  partSizeBytes: number | null;
  tusUrl: string | null;
  resourceId: string | null;
  error: string | null;
  createdAt: string;
  expiresAt: string;
};

const int64 = { format: 'int64' };
/** An upload, field by field. */
export const uploadFields = z.object({
  id: z.uuid().describe('Unique identifier; identifiers order by time'),
  state: z
    .enum(UPLOAD_STATES)
    .describe('open: bytes may arrive; complete: all are there; consumed: a resource has them; failed: see error'),
  method: z.enum(UPLOAD_METHODS).describe('How its bytes come'),
  sizeBytes: z
    .int()
    .nullable()
    .meta({ ...int64, description: 'Size of the whole content; null while it is not known' }),
  offset: z
    .int()
    .meta({ ...int64, description: 'How many bytes are there; of a direct upload 0 until it is complete' }),
  expectedSha256: z.string().nullable().describe("What the content's sha256 has to be"),
  partSizeBytes: z
    .int()
    .nullable()
    .meta({ ...int64, description: 'Of a direct upload: the size of each part but the last' }),
  tusUrl: z.url().nullable().describe('Where its bytes go, by tus 1.0; null when they go into the store directly'),
  resourceId: z.uuid().nullable().describe('The resource that has its content'),
  error: z.string().nullable().describe('Why it could not be finished'),
  createdAt: z.iso.datetime().describe('When it was begun'),
  expiresAt: z.iso.datetime().describe('When it is removed unless something happens with it'),
});
/** An upload as REST shows it. */
export const restUpload = toRestShape(uploadFields).describe('A content on its way');
export type RestUpload = z.output<typeof restUpload>;

export type ShownBy = {
  /** Scheme and host that the caller reaches us by. */
  readonly origin: string;
  /** How the transport spells fields. */
  readonly spell: Spell;
};

/** The upload in camelCase. */
export function toPublicUpload(upload: Upload, { origin, spell }: ShownBy): PublicUpload {
  const { id, state, method, sizeBytes, offsetBytes, expectedSha256, partSizeBytes, resourceId, error } = upload;
  return {
    id,
    state,
    method,
    sizeBytes,
    offset: offsetBytes,
    expectedSha256,
    partSizeBytes,
    tusUrl: method === 'resumable' ? toTusUrl(id, { origin }) : null,
    resourceId,
    error: error === null ? null : toSentence(error, spell),
    createdAt: upload.createdAt.toISOString(),
    expiresAt: upload.expiresAt.toISOString(),
  };
}

/** Where the bytes of a resumable upload go. */
export function toTusUrl(id: string, { origin }: Pick<ShownBy, 'origin'>): string {
  return `${origin}/v1/tus/${id}`;
}

/** The upload in snake_case. */
export function toRestUpload(upload: Upload, { origin }: Pick<ShownBy, 'origin'>): RestUpload {
  return toRestKeys(toPublicUpload(upload, { origin, spell: toSnakeCase }));
}

export type PublicUploadPage = Page<PublicUpload>;

export const restUploadPage = restPageOf(z.array(restUpload));

export function toPublicUploadPage({ items, nextCursor }: DomainPage<Upload>, shownBy: ShownBy): PublicUploadPage {
  return { items: items.map((upload) => toPublicUpload(upload, shownBy)), nextCursor };
}

export function toRestUploadPage(
  { items, nextCursor }: DomainPage<Upload>,
  shownBy: Pick<ShownBy, 'origin'>,
): z.output<typeof restUploadPage> {
  return toRestKeys({ items: items.map((upload) => toRestUpload(upload, shownBy)), nextCursor });
}

/** Where a part goes. */
export type PublicSignedPart = {
  number: number;
  url: string;
  headers: { [name: string]: string };
  expiresAt: string;
};

export const signedPartFields = z.object({
  number: z.int().describe('Which part'),
  url: z.url().describe('Where to PUT its bytes'),
  headers: z.record(z.string(), z.string()).describe('What to send with them, as it is'),
  expiresAt: z.iso.datetime().describe('Until when the address holds'),
});
export const restSignedParts = z.object({
  parts: z.array(toRestShape(signedPartFields)).describe('One address for each number, in their order'),
});

export function toPublicSignedParts({ parts, expiresAt }: SignedParts): PublicSignedPart[] {
  return parts.map(({ number, url, headers }) => ({
    number,
    url,
    headers: { ...headers },
    expiresAt: expiresAt.toISOString(),
  }));
}

export function toRestSignedParts(signed: SignedParts): z.output<typeof restSignedParts> {
  return { parts: toPublicSignedParts(signed).map((part) => toRestKeys(part)) };
}

/** A part that the store has. */
export type PublicReceivedPart = { number: number; sizeBytes: number };

export const receivedPartFields = z.object({
  number: z.int().describe('Which part'),
  sizeBytes: z.int().meta({ ...int64, description: 'Its size' }),
});
export const restReceivedParts = z.object({
  parts: z.array(toRestShape(receivedPartFields)).describe('The parts that the store has'),
});

export function toPublicReceivedParts(parts: readonly ReceivedPart[]): PublicReceivedPart[] {
  return parts.map(({ number, sizeBytes }) => ({ number, sizeBytes }));
}

export function toRestReceivedParts(parts: readonly ReceivedPart[]): z.output<typeof restReceivedParts> {
  return { parts: toPublicReceivedParts(parts).map((part) => toRestKeys(part)) };
}

/** What REST answers at the end: the resource, where the upload was to end in one. */
export const restUploadOutcome = z.union([restResource, restUpload]);

/** What a cancel answers in REST and tRPC. */
export const cancelled = z.object({
  cancelled: z.int().describe('1 when there was such an upload, 0 when there was none: a repeat is harmless'),
});
