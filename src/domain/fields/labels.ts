// What a caller says about a resource: tags and metadata. Both come back exactly as kept here.
import { invalidInput } from '../errors.ts';
import { countCharacters, requireStorableText } from './text.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

export const MAX_TAGS = 100;
export const MAX_TAG_CHARACTERS = 255;
/** Of a tag as it was sent, with the spaces around it; in UTF-16 units, which cost nothing to count. */
const MAX_SENT_TAG_LENGTH = 1_024;
export const MAX_METADATA_DEPTH = 128;
/** Objects, arrays and what they hold: each is an entry of the index that metadata is searched by. */
export const MAX_METADATA_VALUES = 4_096;

/**
 * Tags: trimmed, duplicates dropped, order kept.
 * @param field what the refusal calls them
 * @throws GatewayError `invalid_input` on an empty or over-long tag, or more than 100 of them
 */
export function parseTags(tags: readonly string[], field = 'tags'): string[] {
  const kept = new Set<string>();
  for (const tag of tags) {
    if (tag.length > MAX_SENT_TAG_LENGTH) throw tagTooLong(field);
    const trimmed = tag.trim();
    if (trimmed === '') throw invalidInput(field, 'must not contain an empty tag');
    requireStorableText(field, trimmed);
    if (trimmed.length > MAX_TAG_CHARACTERS && countCharacters(trimmed) > MAX_TAG_CHARACTERS) {
      throw tagTooLong(field);
    }
    kept.add(trimmed);
    if (kept.size > MAX_TAGS) throw invalidInput(field, `must not hold more than ${MAX_TAGS} tags`);
  }
  return [...kept];
}

function tagTooLong(field: string) {
  return invalidInput(field, `must not contain a tag longer than ${MAX_TAG_CHARACTERS} characters`);
}

/**
 * Metadata: any JSON object that PostgreSQL can hold, nested at most 128 deep, with at most 4,096 values in it; it is
 * checked, never changed.
 * @throws GatewayError `invalid_input`
 */
export function parseMetadata(metadata: JsonObject): JsonObject {
  requireStorableJson(metadata, { depth: 1, budget: { values: MAX_METADATA_VALUES } });
  return metadata;
}

type Walk = { readonly depth: number; readonly budget: { values: number } };

function requireStorableJson(value: JsonValue, { depth, budget }: Walk): void {
  if (typeof value === 'string') requireStorableText('metadata', value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalidInput('metadata', 'must not contain a number too large for a double; send it as a string');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_METADATA_DEPTH)
    throw invalidInput('metadata', `must not be nested deeper than ${MAX_METADATA_DEPTH}`);
  for (const [key, inner] of Object.entries(value)) {
    budget.values -= 1;
    if (budget.values < 0) {
      throw invalidInput('metadata', `must not hold more than ${MAX_METADATA_VALUES} values; send more as one string`);
    }
    requireStorableText('metadata', key);
    requireStorableJson(inner, { depth: depth + 1, budget });
  }
}
