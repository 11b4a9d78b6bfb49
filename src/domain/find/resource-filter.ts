// What a list can be narrowed to. Each rule says what a value must look like; which resources fit is the database's to find.
import { TOKEN_CHARACTERS } from '../content/mime-type.ts';
import { invalidInput } from '../errors.ts';
import { type JsonObject, parseMetadata, parseTags } from '../fields/labels.ts';
import { MAX_NAME_CHARACTERS, parseDirectoryPath } from '../fields/names.ts';
import { countCharacters, requireStorableText } from '../fields/text.ts';
import { LAST_MS } from './resource-sort.ts';

/** What a caller asks for; what is absent narrows nothing. All that is given has to fit. */
export type ResourceFilterInput = {
  readonly directoryPath?: string | undefined;
  /** Also what lies in the directory's sub-directories. */
  readonly recursive?: boolean | undefined;
  /** At least one of them. */
  readonly tagsAny?: readonly string[] | undefined;
  /** Every one of them. */
  readonly tagsAll?: readonly string[] | undefined;
  /** Contained in the resource's metadata, as PostgreSQL's `@>` has it. */
  readonly metadata?: JsonObject | undefined;
  readonly sha256?: string | undefined;
  /** `image/png`, whatever its parameters, or `image/*`. */
  readonly mimeType?: string | undefined;
  /** Both bounds of a size are included. */
  readonly minSizeBytes?: number | undefined;
  readonly maxSizeBytes?: number | undefined;
  /** Of a time, the beginning is included and the end is not. */
  readonly createdFrom?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly updatedFrom?: Date | undefined;
  readonly updatedBefore?: Date | undefined;
  readonly createdBy?: string | undefined;
  readonly namePrefix?: string | undefined;
};

/** The same, checked and in canonical form. */
export type ResourceFilter = Omit<ResourceFilterInput, 'mimeType'> & {
  /** The subtype is null for all of the type. */
  readonly mimeType: { readonly type: string; readonly subtype: string | null } | undefined;
};

/** Each tag of a filter is one more look-up. */
export const MAX_FILTER_TAGS = 10;

/** @throws GatewayError `invalid_input` on the field that breaks its rule */
export function parseResourceFilter(input: ResourceFilterInput): ResourceFilter {
  return {
    directoryPath: unlessAbsent(input.directoryPath, (path) => parseDirectoryPath(path)),
    recursive: input.recursive,
    tagsAny: unlessAbsent(input.tagsAny, (tags) => parseFilterTags('tagsAny', tags)),
    tagsAll: unlessAbsent(input.tagsAll, (tags) => parseFilterTags('tagsAll', tags)),
    metadata: unlessAbsent(input.metadata, parseMetadata),
    sha256: unlessAbsent(input.sha256, parseSha256),
    mimeType: unlessAbsent(input.mimeType, parseMimeTypeFilter),
    minSizeBytes: unlessAbsent(input.minSizeBytes, (bytes) => requireSize('minSizeBytes', bytes)),
    maxSizeBytes: unlessAbsent(input.maxSizeBytes, (bytes) => requireSize('maxSizeBytes', bytes)),
    createdFrom: unlessAbsent(input.createdFrom, (time) => requireTime('createdFrom', time)),
    createdBefore: unlessAbsent(input.createdBefore, (time) => requireTime('createdBefore', time)),
    updatedFrom: unlessAbsent(input.updatedFrom, (time) => requireTime('updatedFrom', time)),
    updatedBefore: unlessAbsent(input.updatedBefore, (time) => requireTime('updatedBefore', time)),
    createdBy: unlessAbsent(input.createdBy, (subject) => requireText('createdBy', subject)),
    namePrefix: unlessAbsent(input.namePrefix, (prefix) => requireText('namePrefix', prefix).normalize('NFC')),
  };
}

function unlessAbsent<Value, Parsed>(value: Value | undefined, parse: (value: Value) => Parsed): Parsed | undefined {
  return value === undefined ? undefined : parse(value);
}

function parseFilterTags(field: string, tags: readonly string[]): string[] {
  const parsed = parseTags(tags, field);
  if (parsed.length > MAX_FILTER_TAGS) throw invalidInput(field, `must not hold more than ${MAX_FILTER_TAGS} tags`);
  return parsed;
}

function parseSha256(sha256: string): string {
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw invalidInput('sha256', 'must be 64 hexadecimal digits');
  return sha256.toLowerCase();
}

const TYPE_NAME = `[${TOKEN_CHARACTERS}]{1,127}`;
const MIME_TYPE = new RegExp(`^(${TYPE_NAME})/(\\*|${TYPE_NAME})$`);

function parseMimeTypeFilter(text: string): ResourceFilter['mimeType'] {
  const [, type, subtype] = MIME_TYPE.exec(text.trim().toLowerCase()) ?? [];
  if (type === undefined || subtype === undefined) {
    throw invalidInput(
      'mimeType',
      'must be a type without parameters, such as image/png, or image/* for all of a kind',
    );
  }
  return { type, subtype: subtype === '*' ? null : subtype };
}

function requireSize(field: string, bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw invalidInput(field, 'must be a whole number that is not negative');
  return bytes;
}

/** What PostgreSQL, RFC 3339 and JavaScript spell alike. An offset may lead out of it. */
const FIRST_MS = Date.UTC(1000, 0);

function requireTime(field: string, time: Date): Date {
  const ms = time.getTime();
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) throw invalidInput(field, 'must lie between the years 1000 and 9999');
  return time;
}

function requireText(field: string, text: string): string {
  requireStorableText(field, text);
  if (text === '') throw invalidInput(field, 'must not be empty');
  if (countCharacters(text) > MAX_NAME_CHARACTERS) {
    throw invalidInput(field, `must not be longer than ${MAX_NAME_CHARACTERS} characters`);
  }
  return text;
}
