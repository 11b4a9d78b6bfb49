// Checks a value against a schema and turns its refusal into ours.
import type { z } from 'zod';
import { type GatewayError, invalidInput } from '../domain/errors.ts';
import { fromRestKeys } from './spelling.ts';

/** @throws GatewayError `invalid_input`, naming the first field that does not fit */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw toInputError(parsed.error);
}

/**
 * The same for what REST was sent: names in snake_case, brought to the schema's own keys.
 * @throws GatewayError `invalid_input`, naming the first field that does not fit
 */
export function parseRestInput<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.output<Schema> {
  return parseInput(schema, fromRestKeys(schema, value));
}

/** The refusal that a zod error amounts to. */
export function toInputError(error: z.ZodError): GatewayError<'invalid_input'> {
  const [issue] = error.issues;
  const key = issue?.path[0];
  if (issue?.code === 'unrecognized_keys') {
    return invalidInput(JSON.stringify(issue.keys[0]), 'is not known here; leave it out');
  }
  if (issue === undefined || key === undefined) return invalidInput('the input', 'must be a JSON object');
  return invalidInput(String(key), issue.message);
}
