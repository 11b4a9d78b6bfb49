// Fields that are only properties of an object: read as graphql-js would read them, without what it makes for each field.
import {
  type GraphQLFieldResolver,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLString,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type ValidatedExecutionArgs,
} from 'graphql';
import { collectSubfields, type FieldDetailsList } from 'graphql/execution/collectFields.js';
import { isPromiseLike } from 'graphql/jsutils/isPromise.js';

type Read = GraphQLFieldResolver<unknown, unknown> | undefined;
/** What a field gives; `other` is left to graphql-js. */
type Shape =
  | { readonly kind: 'text' | 'texts' | 'other'; readonly read?: undefined }
  | { readonly kind: 'leaf'; readonly type: GraphQLLeafType; readonly read: Read }
  | { readonly kind: 'object'; readonly type: GraphQLObjectType; readonly read?: undefined };

/** A field of a selection, under the name that it has in the answer. */
export type SelectedField = {
  readonly responseName: string;
  readonly name: string;
  readonly details: FieldDetailsList;
  readonly shape: Shape;
  /** Null when there is no such field. */
  readonly returnType: GraphQLOutputType | null;
  readonly isNullable: boolean;
};

export type Answer = { [responseName: string]: unknown };
export type Selection = {
  readonly type: GraphQLObjectType;
  readonly fields: readonly SelectedField[];
  /** An answer to be filled in. */
  createAnswer(): Answer;
};

/** What is not as it should be, for graphql-js to read again and to say what is wrong. */
export const UNREAD = Symbol('unread');

const NO_ARGUMENTS = Object.freeze({});
/** For resolvers that do not look at it. */
const NO_INFO = undefined as unknown as GraphQLResolveInfo;

/** What is selected below a field, with what the variables skip and include. */
export function select(
  execution: ValidatedExecutionArgs,
  { type, details }: { readonly type: GraphQLObjectType; readonly details: FieldDetailsList },
): Selection {
  const { schema, fragments, variableValues, hideSuggestions } = execution;
  const { groupedFieldSet } = collectSubfields(schema, fragments, variableValues, type, details, hideSuggestions);
  const fields = Array.from(groupedFieldSet, ([responseName, selected]) => {
    const name = selected[0]?.node.name.value ?? '';
    const definition = schema.getField(type, name);
    const shape: Shape = definition === undefined ? { kind: 'other' } : toShape(definition);
    const returnType = definition?.type ?? null;
    return { responseName, name, details: selected, shape, returnType, isNullable: !isNonNullType(returnType) };
  });
  return { type, fields, createAnswer: toAnswerMaker([...groupedFieldSet.keys()]) };
}

/**
 * Copies of one object with all names: V8 makes them in a third of the memory that an object takes which grows name by name,
 * and writes them out twice as fast as one without a prototype, which only `__proto__` as a name needs.
 */
function toAnswerMaker(names: readonly string[]): () => Answer {
  if (names.includes('__proto__')) return () => Object.create(null);
  const empty: Answer = {};
  for (const name of names) empty[name] = undefined;
  return () => ({ ...empty });
}

type Definition = NonNullable<ReturnType<ValidatedExecutionArgs['schema']['getField']>>;

function toShape({ type: returnType, args, resolve, extensions }: Definition): Shape {
  const type = getNullableType(returnType);
  if (args.length > 0) return { kind: 'other' };
  if (resolve !== undefined && extensions.isPlain !== true) return { kind: 'other' };
  if (resolve === undefined && isText(type)) return { kind: 'text' };
  if (isLeafType(type)) return { kind: 'leaf', type, read: resolve };
  if (resolve !== undefined) return { kind: 'other' };
  if (isListType(type) && isText(getNullableType(type.ofType))) return { kind: 'texts' };
  return isObjectType(type) && !type.isTypeOf ? { kind: 'object', type } : { kind: 'other' };
}

const isText = (type: unknown) => type === GraphQLString || type === GraphQLID;

/** What a field of `source` is; `UNREAD` when that is anything but an ordinary value of the field's type. */
export function readField({ name, shape, isNullable }: SelectedField, source: unknown, context: unknown): unknown {
  if (shape.kind === 'other' || !isObject(source)) return UNREAD;
  try {
    const { read } = shape;
    const value = read === undefined ? source[name] : read(source, NO_ARGUMENTS, context, NO_INFO);
    if (value === null || value === undefined) return isNullable ? null : UNREAD;
    if (typeof value === 'string' && shape.kind === 'text') return value;
    if (shape.kind === 'leaf') return (isPlain(value) ? shape.type.coerceOutputValue(value) : null) ?? UNREAD;
    if (shape.kind === 'texts') return Array.isArray(value) && value.every(isString) ? value : UNREAD;
    return shape.kind === 'object' && isObject(value) && isPlain(value) ? value : UNREAD;
  } catch {
    // It throws again where its error is made to say where.
    return UNREAD;
  }
}

const isString = (value: unknown) => typeof value === 'string';

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

/** Whether graphql-js takes it as it is: it calls functions, throws errors and waits for promises. */
function isPlain(value: unknown): boolean {
  return typeof value !== 'function' && !(value instanceof Error) && !isPromiseLike(value);
}
