// What may be said to find resources, and what a page of them looks like. Shapes only: the rules are the domain's.
import { z } from 'zod';
import type { JsonObject } from '../domain/fields/labels.ts';
import type { ListResourcesInput, ResourcePage } from '../domain/find/list-resources.ts';
import { SORT_KEYS, SORT_ORDERS } from '../domain/find/resource-sort.ts';
import { isJsonObject } from './create-resource.ts';
import { cursor, infinitePage, limit, type Page, restPageOf } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { type PublicResource, restResource, toPublicResource, toRestResource } from './resource.ts';
import { toRestShape } from './spelling.ts';

const text = z.string('must be a string').optional();
const size = z.number('must be a number of bytes').optional();
const tags = z.array(z.string('must be an array of strings'), 'must be an array of strings').optional();
const time = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z' })
  .optional();

const fields = {
  directoryPath: text.describe('In this directory'),
  recursive: z.boolean('must be true or false').optional().describe('Also in the directories below it'),
  namePrefix: text.describe('With a name that begins so'),
  tagsAny: tags.describe('With at least one of up to 10 tags'),
  tagsAll: tags.describe('With every one of up to 10 tags'),
  // Not z.record: that copies, and a copy loses keys such as __proto__.
  metadata: z.custom<JsonObject>(isJsonObject, 'must be a JSON object').optional().meta({
    type: 'object',
    additionalProperties: true,
    description: 'With metadata that contains this JSON object, for example {"project":"x"}',
  }),
  sha256: text.describe('With this content: 64 hexadecimal digits'),
  mimeType: text.describe('Of this type, such as image/png, or image/* for all of a kind'),
  minSizeBytes: size.meta({ type: 'integer', format: 'int64', description: 'Of at least this size' }),
  maxSizeBytes: size.meta({ type: 'integer', format: 'int64', description: 'Of at most this size' }),
  createdFrom: time.describe('Created at this time or later'),
  createdBefore: time.describe('Created before this time'),
  updatedFrom: time.describe('Last changed at this time or later'),
  updatedBefore: time.describe('Last changed before this time'),
  createdBy: text.describe('Created by this subject'),
  sort: z
    .enum(SORT_KEYS, `must be one of ${SORT_KEYS.join(', ')}`)
    .optional()
    .describe('created when absent'),
  order: z
    .enum(SORT_ORDERS, `must be one of ${SORT_ORDERS.join(', ')}`)
    .optional()
    .describe('When absent: desc for created, else asc'),
  limit,
  cursor: cursor.describe(`${cursor.description}; sent with the same filters and order`),
};

/** The input of every transport, when it has been brought to one spelling. */
export const listResourcesInput = inputObject(fields);
/** The same in tRPC, whose clients add a direction to infinite queries and may begin them with a null cursor. */
export const infiniteListInput = inputObject({ ...fields, ...infinitePage });
export type ListResourcesRequest = z.output<typeof listResourcesInput> | z.output<typeof infiniteListInput>;

/** The query of REST, where lists are repeated parameters and metadata is JSON text. */
export const restListResourcesQuery = toRestShape(listResourcesInput);

/** The domain's input. */
export function toListResourcesInput(request: ListResourcesRequest): ListResourcesInput {
  const { cursor, createdFrom, createdBefore, updatedFrom, updatedBefore, ...rest } = request;
  return {
    ...rest,
    cursor: cursor ?? undefined,
    createdFrom: toTime(createdFrom),
    createdBefore: toTime(createdBefore),
    updatedFrom: toTime(updatedFrom),
    updatedBefore: toTime(updatedBefore),
  };
}

function toTime(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** A page as tRPC shows it. */
export type PublicResourcePage = Page<PublicResource>;

/** A page as REST shows it. */
export const restResourcePage = restPageOf(z.array(restResource));

export function toPublicResourcePage({ resources, nextCursor }: ResourcePage): PublicResourcePage {
  return { items: resources.map(toPublicResource), nextCursor };
}

export function toRestResourcePage({ resources, nextCursor }: ResourcePage): z.output<typeof restResourcePage> {
  return { items: resources.map(toRestResource), next_cursor: nextCursor };
}

const placePath = z.string(required('must be a string')).describe('Directory of the resource, for example /docs');
const placeName = z.string(required('must be a string')).describe('Its name');

/** The exact place of a resource, in GraphQL and tRPC. */
export const findByPathInput = inputObject({ directoryPath: placePath, name: placeName });
/** The same in a query of REST. */
export const restFindByPathQuery = toRestShape(findByPathInput);
