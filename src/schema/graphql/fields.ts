// The fields of GraphQL's types, made from the shapes that requests are judged and answers typed by.
import type { FieldMap, InputFieldMap } from '@pothos/core';
import { z } from 'zod';
import type { Page } from '../pages.ts';
import { describe } from './descriptions.ts';
import type { GraphqlTypes, KnownTypes } from './types.ts';

/** What a shape cannot say of a field: its type, where that is no scalar, or null where the field is defined elsewhere. */
type Types<Shape> = { readonly [Key in keyof Shape]?: unknown };

type About<Shape> = { readonly name: string; readonly description: string; readonly types?: Types<Shape> };

/** As much of Pothos' builders as is needed here: they take what is only known when the schema is made. */
type Exposing = { expose(name: string, options: object): FieldMap[string] };
type Taking = { field(options: object): InputFieldMap[string] };

/** Adds an object type whose fields are those of a shape. */
export function addObject<Context extends object, Shape extends z.ZodRawShape>(
  builder: GraphqlTypes<Context>,
  schema: z.ZodObject<Shape>,
  { name, description, types = {} }: About<Shape>,
) {
  const ref = builder.objectRef<z.output<z.ZodObject<Shape>>>(name);
  return ref.implement({ description, fields: (t) => exposeFields(t, schema, types) });
}

/** Adds the type of a page. @param about with what its `items` are */
export function addPage<Context extends object, Item>(
  builder: GraphqlTypes<Context>,
  item: PothosSchemaTypes.ObjectRef<KnownTypes<Context>, Item>,
  about: { readonly name: string; readonly description: string; readonly items: string },
) {
  return builder.objectRef<Page<Item>>(about.name).implement({
    description: about.description,
    fields: (t) => ({
      items: t.expose('items', { type: [item], description: about.items }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: 'For `after`; null when nothing follows.',
      }),
    }),
  });
}

/** Adds an input type whose fields are those of a shape. */
export function addInput<Context extends object, Shape extends z.ZodRawShape>(
  builder: GraphqlTypes<Context>,
  schema: z.ZodObject<Shape>,
  { name, description, types = {} }: About<Shape>,
) {
  return builder.inputType(name, { description, fields: (t) => takeFields(t, schema, types) });
}

/** The fields of an object type. @param t what Pothos gives for it */
export function exposeFields<Shape extends z.ZodRawShape>(
  t: object,
  schema: z.ZodObject<Shape>,
  types: Types<Shape>,
): FieldMap {
  return mapFields(schema, types, ({ key, field, ...shown }) =>
    (t as Exposing).expose(key, { ...shown, nullable: field.isNullable() }),
  );
}

/** The fields of an input type; they fit whatever a builder knows of it. @param t what Pothos gives for it */
export function takeFields<Shape extends z.ZodRawShape>(
  t: object,
  schema: z.ZodObject<Shape>,
  types: Types<Shape>,
): { [Key in keyof Shape]: never } {
  const take = ({ key: _key, field, ...taken }: Field) =>
    (t as Taking).field({ ...taken, required: !field.isOptional() }) as never;
  return mapFields(schema, types, take) as { [Key in keyof Shape]: never };
}

type Field = { readonly key: string; readonly field: z.ZodType; readonly type: unknown; readonly description: string };

function mapFields<Shape extends z.ZodRawShape, Made>(
  schema: z.ZodObject<Shape>,
  types: Types<Shape>,
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
