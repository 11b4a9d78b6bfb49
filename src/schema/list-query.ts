// What the text of a REST query amounts to: the same value that the same input in JSON has.
import type { z } from 'zod';
import { invalidInput } from '../domain/errors.ts';
import { toRestNames } from './spelling.ts';
import { unknownKey } from './unknown-keys.ts';

/** A parsed query string: text, or an array where a parameter is repeated. */
type Query = { readonly [name: string]: unknown };

/** What is not text in JSON. What cannot be read stays text, for the schema to refuse in the words of every transport. */
const READ: { readonly [field: string]: (text: string) => unknown } = {
  recursive: toBoolean,
  failed: toBoolean,
  metadata: toJson,
  minSizeBytes: toNumber,
  maxSizeBytes: toNumber,
  limit: toNumber,
};
const REPEATED = new Set(['tagsAny', 'tagsAll', 'types']);
/** Those of them whose values may also stand in one, with commas between: no value has one. */
const SEPARATED = new Set(['types']);

/**
 * @param schema whose fields the query may name, in snake_case
 * @throws GatewayError `invalid_input` on a parameter that is not known, or is repeated and may not be
 */
export function fromListQuery(schema: z.ZodObject, query: Query): { [field: string]: unknown } {
  const fields = toRestNames(schema);
  const input = Object.entries(query).map(([name, value]) => {
    const field = fields.get(name);
    if (field === undefined) throw unknownKey(name, fields.keys());
    if (REPEATED.has(field)) {
      const values = Array.isArray(value) ? value : [value];
      return [field, SEPARATED.has(field) ? values.flatMap((text) => String(text).split(',')) : values];
    }
    if (typeof value !== 'string') throw invalidInput(field, 'must be given once');
    return [field, READ[field]?.(value) ?? value];
  });
  return Object.fromEntries(input);
}

function toBoolean(text: string): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

function toNumber(text: string): unknown {
  return /^-?\d{1,16}(\.\d{1,16})?$/.test(text) ? Number(text) : text;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
