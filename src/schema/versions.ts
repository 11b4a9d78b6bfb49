// What may be said to read and restore versions, and what one looks like, in the two spellings of its keys. Shapes only.
import { z } from 'zod';
import type { Page as DomainPage } from '../domain/flow/pages.ts';
import type { Version } from '../domain/versions/ports.ts';
import { infinitePage, type Page, page, restPageOf } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestKeys, toRestShape } from './spelling.ts';
import { toTimeText } from './time.ts';

/** What is said besides the address in REST, and on the resource itself in GraphQL. */
export const listVersionsInput = inputObject(page);
export const restListVersionsQuery = toRestShape(listVersionsInput);

const id = z.string(required('must be a string')).describe('The id of a resource');
/** The same in tRPC, whose clients may begin with a null cursor. */
export const infiniteVersionsInput = inputObject({ id, ...infinitePage });

const number = z
  .number(required('must be a number'))
  .meta({ type: 'integer', minimum: 1, description: 'Which version' });
export const versionInput = inputObject({ id, number });

/** The number in an address; what is none is no version's. */
export function parseVersionNumber(text: string): number {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
}

/** A version as GraphQL and tRPC show it: times are RFC 3339, sizes are numbers. */
export const versionFields = z.object({
  number: z.int().describe('Counted from 1'),
  isCurrent: z.boolean().describe('Whether the resource has this content now'),
  mimeType: z.string().describe('MIME type that the resource had with it'),
  sha256: z.string().describe('SHA-256 of the content, in lower-case hex'),
  sizeBytes: z.int().meta({ format: 'int64', description: 'Size of the content in bytes' }),
  originalUri: z.string().nullable().describe('The URI that the content was copied from, without credentials'),
  createdBy: z.string().nullable().describe("Who made it: the token's subject"),
  createdAt: z.iso.datetime().describe('Since when the resource had it'),
  replacedAt: z.iso.datetime().nullable().describe('Until when; null for the current one'),
});
/** A version as REST shows it. */
export const restVersion = toRestShape(versionFields).describe('A content that a resource has or had');
export const restVersionPage = restPageOf(z.array(restVersion).describe('The newest first'));

type PublicVersion = z.output<typeof versionFields>;

/** The version in camelCase. */
function toPublicVersion({ createdAt, replacedAt, ...version }: Version): PublicVersion {
  return {
    ...version,
    isCurrent: replacedAt === null,
    createdAt: toTimeText(createdAt),
    replacedAt: replacedAt && toTimeText(replacedAt),
  };
}

export function toPublicVersionPage({ items, nextCursor }: DomainPage<Version>): Page<PublicVersion> {
  return { items: items.map(toPublicVersion), nextCursor };
}

/** The page in snake_case. */
export function toRestVersionPage({ items, nextCursor }: DomainPage<Version>): z.output<typeof restVersionPage> {
  return toRestKeys({ items: items.map((version) => toRestKeys(toPublicVersion(version))), nextCursor });
}
