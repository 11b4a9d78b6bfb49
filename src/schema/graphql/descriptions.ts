// The words of GraphQL's descriptions: those that the schemas and the REST operations have for OpenAPI, in sentences and
// with GraphQL's spelling of our names, so that the two descriptions of one thing never differ.
import { z } from 'zod';
import { OPERATIONS, toDescription } from '../openapi/document.ts';
import type { OperationName } from '../operations.ts';

const SNAKE_CASE = /\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g;

/**
 * What a schema says of its fields.
 * @returns gives the text of one of them; it throws an Error when there is none
 */
export function describe<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  return (key: keyof Shape & string): string => toSentence(describeField(schema.shape[key] as unknown as z.ZodType));
}

/** What a REST operation is and does, which holds in every transport. */
export function describeOperation(name: OperationName): string {
  const operation = OPERATIONS.find((each) => each.name === name);
  if (operation === undefined) throw new Error(`the operation ${name} has no description`);
  return `${toSentence(operation.summary)} ${toSentence(toDescription(operation))}`;
}

/** That of the field as a whole, or of what may be absent or null in it. */
function describeField(field: z.ZodType): string {
  if (field.description !== undefined) return field.description;
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable)
    return describeField(field.unwrap() as z.ZodType);
  throw new Error('a field that GraphQL shows has no description');
}

function toSentence(text: string): string {
  const spelt = text.replace(SNAKE_CASE, (name) =>
    name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
  );
  return spelt.endsWith('.') ? spelt : `${spelt}.`;
}
