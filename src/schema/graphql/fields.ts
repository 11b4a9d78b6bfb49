// The fields of GraphQL's types, made from the shapes that requests are judged and answers typed by.
import type { FieldMap, InputFieldMap } from '@pothos/core';
import { z } from 'zod';
import { describe } from './descriptions.ts';

/** What a shape cannot say of a field: its type, where that is no scalar, or null where the field is defined elsewhere. */
export type FieldTypes<Shape> = { readonly [Key in keyof Shape]?: unknown };

/** As much of Pothos' builders as is needed here: they take what is only known when the schema is made. */
type Exposing = { expose(name: string, options: object): FieldMap[string] };
type Taking = { field(options: object): InputFieldMap[string] };

/** The fields of an object type. @param t what Pothos gives for it */
export function exposeFields<Shape extends z.ZodRawShape>(
  t: object,
  schema: z.ZodObject<Shape>,
  types: FieldTypes<Shape>,
): FieldMap {
  return mapFields(schema, types, ({ key, field, ...shown }) =>
    (t as Exposing).expose(key, { ...shown, nullable: field.isNullable() }),
  );
}

/** The fields of an input type; they fit whatever a builder knows of it. @param t what Pothos gives for it */
export function takeFields<Shape extends z.ZodRawShape>(
  t: object,
  schema: z.ZodObject<Shape>,
  types: FieldTypes<Shape>,
): { [Key in keyof Shape]: never } {
  const take = ({ key: _key, field, ...taken }: Field) =>
    (t as Taking).field({ ...taken, required: !field.isOptional() }) as never;
  return mapFields(schema, types, take) as { [Key in keyof Shape]: never };
}

type Field = { readonly key: string; readonly field: z.ZodType; readonly type: unknown; readonly description: string };

function mapFields<Shape extends z.ZodRawShape, Made>(
  schema: z.ZodObject<Shape>,
  types: FieldTypes<Shape>,
  make: (field: Field) => Made,
): { [key: string]: Made } {
  const fields = Object.entries<z.ZodType>(schema.shape as unknown as { [key: string]: z.ZodType });
  const of = describe(schema);
  return Object.fromEntries(
    fields
      .filter(([key]) => types[key] !== null)
      .map(([key, field]) => [key, make({ key, field, type: types[key] ?? toType(field), description: of(key) })]),
  );
}

/** The scalar that holds what a field does, or a list of it. */
function toType(field: z.ZodType): string | [unknown] {
  if (field.meta()?.format === 'int64') return 'SafeInt';
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable) return toType(field.unwrap() as z.ZodType);
  if (field instanceof z.ZodArray) return [toType(field.element as z.ZodType)];
  if (field instanceof z.ZodUUID) return 'ID';
  if (field instanceof z.ZodISODateTime) return 'DateTime';
  if (field instanceof z.ZodString || field instanceof z.ZodURL) return 'String';
  if (field instanceof z.ZodBoolean) return 'Boolean';
  if (field instanceof z.ZodNumber) return 'Int';
  if (field instanceof z.ZodCustom || field instanceof z.ZodRecord) return 'JSON';
  throw new Error('a field that GraphQL shows has no type there');
}
