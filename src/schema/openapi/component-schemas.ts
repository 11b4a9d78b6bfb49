// The JSON schemas of the OpenAPI document, made from the zod schemas that requests are judged and answers typed by.
import { z } from 'zod';

/** A JSON schema as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

const refTo = (id: string) => `#/components/schemas/${id}`;

/**
 * Named schemas as the document's components, referring to one another by name wherever one holds another.
 * What JavaScript adds and no caller needs (patterns behind a format, the bounds of a safe integer) is left out.
 */
export function toComponentSchemas(named: { readonly [id: string]: z.ZodType }): { [id: string]: JsonSchema } {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: refTo,
    override: ({ jsonSchema }) => simplify(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, ...schema }]) => [id, schema as JsonSchema]),
  );
}

/** A reference to a component. */
export function toReference(id: string): JsonSchema {
  return { $ref: refTo(id) };
}

function simplify(schema: JsonSchema): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (isEmpty(schema.properties)) delete schema.properties;
  if (isEmpty(schema.additionalProperties)) schema.additionalProperties = true;
  const [value, none, ...others] = schema.anyOf ?? [];
  const isNullable = isObject(value) && isObject(none) && none.type === 'null' && others.length === 0;
  // A type that may be null is one schema with two types, unless it is a component of its own.
  if (isNullable && typeof value.type === 'string') {
    const { type, ...rest } = value;
    delete schema.anyOf;
    Object.assign(schema, rest, { type: [type, 'null'] });
  }
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
