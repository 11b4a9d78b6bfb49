// Adds GraphQL types whose fields are those of a shape.
import type { z } from 'zod';
import type { Page } from '../pages.ts';
import { exposeFields, type FieldTypes, takeFields } from './fields.ts';
import type { GraphqlTypes, KnownTypes } from './types.ts';

type About<Shape> = { readonly name: string; readonly description: string; readonly types?: FieldTypes<Shape> };

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
