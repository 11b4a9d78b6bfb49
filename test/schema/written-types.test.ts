// Types that are written out for clients say what the schemas take: where they do not, this file does not compile.
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { CreateFields, createResourceInput } from '../../src/schema/create-resource.ts';
import type { CreateUploadFields, createUploadInput, intendedResourceInput } from '../../src/schema/upload.ts';

test('the fields of a create are those of its schema', () => {
  expectTypeOf<CreateFields>().toEqualTypeOf<z.input<typeof createResourceInput>>();
});

test('the fields of an upload are those of its schema, and of the resource that it is to end in', () => {
  type Shallow = Omit<CreateUploadFields, 'resource'>;
  expectTypeOf<Shallow>().toEqualTypeOf<Omit<z.input<typeof createUploadInput>, 'resource'>>();
  type Intended = z.input<typeof intendedResourceInput>;
  expectTypeOf<Omit<CreateFields, 'content' | 'uri'>>().toEqualTypeOf<Intended>();
});
