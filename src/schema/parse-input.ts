// Checks a value against a schema and turns its refusal into ours.
import { z } from 'zod';
import { type GatewayError, invalidInput } from '../domain/errors.ts';
import { toRestNames } from './spelling.ts';
import { quoteKey, toUnknownReason, unknownKey } from './unknown-keys.ts';

/** @throws GatewayError `invalid_input`, naming the first field that does not fit */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(withoutNulls(schema, value));
  if (parsed.success) return parsed.data;
  throw toInputError(parsed.error);
}

/** An input in which every field that may be left out may be null as well. */
export type NullsAbsent<Input> = {
  [Key in keyof Input]: undefined extends Input[Key] ? Input[Key] | null : Input[Key];
};

/** The same schema for a parser that is not ours: an optional field that is null counts as absent. */
export function nullsAbsent<Schema extends z.ZodObject>(schema: Schema) {
  return z.preprocess((value) => withoutNulls(schema, value), schema) as unknown as z.ZodType<
    z.output<Schema>,
    NullsAbsent<z.input<Schema>>
  >;
}

const nullables = new WeakMap<z.ZodType, ReadonlySet<string>>();

/** The fields of a schema that may be left out and to which null means nothing. */
function listNullable(schema: z.ZodObject): ReadonlySet<string> {
  const known = nullables.get(schema);
  if (known !== undefined) return known;
  const fields = Object.entries(schema.shape as { readonly [key: string]: z.ZodType });
  const takes = (field: z.ZodType, value: unknown) => field.safeParse(value).success;
  const names = new Set(
    fields.filter(([, field]) => takes(field, undefined) && !takes(field, null)).map(([key]) => key),
  );
  nullables.set(schema, names);
  return names;
}

/** Clients with typed inputs send null for what they leave out (docs/decisions/0003). */
function withoutNulls(schema: z.ZodType, value: unknown): unknown {
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (!entries.some(([, inner]) => inner === null)) return value;
  const names = listNullable(schema);
  return Object.fromEntries(entries.filter(([key, inner]) => inner !== null || !names.has(key)));
}

/** An object with these fields and no other. */
export function inputObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? toUnknownReason(String(issue.keys[0]), Object.keys(shape)) : undefined,
  });
}

/**
 * The same for what REST was sent: names in snake_case, brought to the schema's own keys.
 * @param takeUnknown told of every name that is not known, where those are not refused
 * @throws GatewayError `invalid_input`, naming the first field that is not known or does not fit
 */
export function parseRestInput<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
  takeUnknown?: (name: string) => void,
): z.output<Schema> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return parseInput(schema, value);
  const keys = toRestNames(schema);
  const known: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const key = keys.get(name);
    if (key !== undefined) known.push([key, inner]);
    else if (takeUnknown === undefined) throw unknownKey(name, keys.keys());
    else takeUnknown(name);
  }
  return parseInput(schema, Object.fromEntries(known));
}

/** The refusal that a zod error amounts to. A key that is not known comes first: a field is often missing because of it. */
export function toInputError({ issues }: z.ZodError): GatewayError<'invalid_input'> {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) return invalidInput(quoteKey(String(unknown.keys[0])), unknown.message);
  const [issue] = issues;
  const key = issue?.path[0];
  if (issue === undefined || key === undefined) return invalidInput('the input', 'must be a JSON object');
  return invalidInput(String(key), issue.message);
}
