// The GraphQL types: scalars, the resource, the input. What resolves them is the resolvers' affair.
import SchemaBuilder from '@pothos/core';
import { GraphQLError, Kind, type ValueNode } from 'graphql';
import type { ConflictPolicy } from '../../domain/conflict.ts';
import type { Resource, ExternalStorageType as StorageType } from '../../domain/resource.ts';
import { type CreateFields, createResourceInput } from '../create-resource.ts';
import type { NullsAbsent } from '../parse-input.ts';
import { resourceFields } from '../resource.ts';
import { toTimeText } from '../time.ts';
import { toEnumValues } from './enum-values.ts';
import { exposeFields, takeFields } from './fields.ts';

type Scalar<Input, Output> = { Input: Input; Output: Output };

/** What Pothos has to know of our types; `Context` is what a resolver is given. */
type SchemaTypes<Context extends object> = {
  Context: Context;
  DefaultFieldNullability: false;
  /** As the domain has it: only what is asked for is made into what is shown. */
  Objects: { Resource: Resource };
  Interfaces: { Node: Pick<Resource, 'id'> };
  Inputs: {
    CreateResourceInput: NullsAbsent<CreateFields> & { file?: string | null };
  };
  Scalars: {
    ID: Scalar<string, string>;
    JSON: Scalar<NonNullable<unknown>, unknown>;
    DateTime: Scalar<string, Date | string>;
    SafeInt: Scalar<number, number>;
    Upload: Scalar<string, never>;
    /** An enumeration: Pothos knows the types of both alike. */
    ConflictPolicy: Scalar<ConflictPolicy, ConflictPolicy>;
  };
};

/** A JSON value written out in a query's text. Own properties throughout, so that `__proto__` is a key like any other. */
function parseJsonLiteral(
  node: ValueNode,
  variables: { readonly [name: string]: unknown } | null | undefined,
): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.LIST:
      return node.values.map((value) => parseJsonLiteral(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, parseJsonLiteral(value, variables)]));
    case Kind.VARIABLE:
      return variables?.[node.name.value];
  }
}

/** A builder of ours, for what adds types of its own to it. */
export type GraphqlTypes<Context extends object> = PothosSchemaTypes.SchemaBuilder<KnownTypes<Context>>;
export type KnownTypes<Context extends object> = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes<Context>>;

/** A builder that knows every type of ours and no field of Query or Mutation yet. */
export function createGraphqlTypes<Context extends object>() {
  const builder = new SchemaBuilder<SchemaTypes<Context>>({ defaultFieldNullability: false });

  builder.scalarType('JSON', {
    description: 'Any JSON value, exactly as sent.',
    serialize: (value) => value,
    parseValue: (value) => value as NonNullable<unknown>,
    parseLiteral: (node, variables) => parseJsonLiteral(node, variables) as NonNullable<unknown>,
  });
  builder.scalarType('DateTime', {
    description: 'A point in time as RFC 3339 has it, in UTC.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    serialize: (value) => (value instanceof Date ? toTimeText(value) : value),
    parseValue(value) {
      if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return value;
      throw new GraphQLError('DateTime must be an RFC 3339 string');
    },
  });
  builder.scalarType('SafeInt', {
    description: 'A whole number of up to 53 bits, as a JSON number holds it.',
    serialize: (value) => value,
    parseValue(value) {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      throw new GraphQLError('SafeInt must be a whole number of up to 53 bits');
    },
  });

  builder.scalarType('Upload', {
    description: 'A file of a multipart request.',
    specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
    serialize() {
      throw new GraphQLError('Upload is for input alone');
    },
    parseValue(value) {
      if (typeof value === 'string') return value;
      throw new GraphQLError('Upload must be a file of a multipart request');
    },
  });

  const ExternalStorageType = builder.enumType('ExternalStorageType', {
    description: 'Type of external storage that a file was copied from.',
    // Spelt as the contract spells them, unlike any other enumeration here.
    values: {
      s3: { value: 's3', description: 'Amazon S3, or what speaks its protocol.' },
      gcs: { value: 'gcs', description: 'Google Cloud Storage.' },
      azure_blob: { value: 'azure_blob', description: 'Azure Blob Storage.' },
    } satisfies { [Type in StorageType]: { value: Type; description: string } },
  });

  builder.interfaceType('Node', {
    description: 'What has an id by which it can be asked for again.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'Unique identifier.' }) }),
    // The only ones yet.
    resolveType: () => 'Resource',
  });

  builder.objectType('Resource', {
    description: 'A stored file with everything known about it.',
    interfaces: ['Node'],
    fields: (t) => ({
      ...exposeFields(t, resourceFields, { metadata: null, externalStorageType: ExternalStorageType }),
      version: t.exposeInt('version', { description: 'Which content it has, counted from 1.' }),
    }),
  });

  builder.enumType('ConflictPolicy', {
    description: 'What is to happen when a name is taken.',
    values: toEnumValues<ConflictPolicy>({
      error: 'It is refused.',
      keep: 'What is there is the answer if its content is equal; else it is refused.',
      rename: 'The next free "name (2).ext" is taken.',
      replace: 'What is there gets a new version, unless its content is equal.',
    }),
  });

  builder.inputType('CreateResourceInput', {
    description: 'A file to store: exactly one of `content`, `file` and `uri`, and what to call it.',
    fields: (t) => ({
      ...takeFields(t, createResourceInput, { onConflict: 'ConflictPolicy' }),
      file: t.field({ type: 'Upload', description: 'The file itself, in a multipart request instead of `content`.' }),
    }),
  });

  return builder;
}
