// The two spellings of our keys: camelCase within the code, in GraphQL and tRPC; snake_case in REST. No other place
// renames a key, so that none can be forgotten.
import { z } from 'zod';

type SnakeCase<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';

/** The same object with its own keys in snake_case; what its values hold stays as it is. */
export type InSnakeCase<Value> = { [Key in keyof Value as Key extends string ? SnakeCase<Key> : never]: Value[Key] };

/** Our own keys alone: they are few, and come again with every request. */
const spelt = new Map<string, string>();
const namesOf = new WeakMap<z.ZodObject, ReadonlyMap<string, string>>();

/** A key of ours as REST spells it. */
export function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** An object of ours with its own keys in snake_case; what its values hold, such as metadata, stays as it is. */
export function toRestKeys<Value extends object>(value: Value): InSnakeCase<Value> {
  const renamed: { [key: string]: unknown } = {};
  for (const [key, inner] of Object.entries(value)) {
    let name = spelt.get(key);
    if (name === undefined) {
      name = toSnakeCase(key);
      spelt.set(key, name);
    }
    renamed[name] = inner;
  }
  return renamed as InSnakeCase<Value>;
}

/** The shape of REST: the same fields under their names in snake_case. */
export function toRestShape<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): z.ZodObject<InSnakeCase<Shape>> {
  return z.object(toRestKeys(schema.shape)) as unknown as z.ZodObject<InSnakeCase<Shape>>;
}

/** The names of REST for a schema's fields, each with the schema's own key. */
export function toRestNames(schema: z.ZodObject): ReadonlyMap<string, string> {
  const known = namesOf.get(schema);
  if (known !== undefined) return known;
  const names = new Map(Object.keys(schema.shape).map((key) => [toSnakeCase(key), key]));
  namesOf.set(schema, names);
  return names;
}
