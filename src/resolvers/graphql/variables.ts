// Judges a GraphQL request's variables before the executor does. Its errors print the whole variable, once for each
// wrong field, and a variable may be a file; ours name the first wrong field and quote nothing.
import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { toShownName } from '../../domain/errors.ts';

type Variables = { readonly [name: string]: unknown };

/** A value, and how the caller finds it: `$input.tags[3]`. */
type Place = { readonly path: string; readonly value: unknown };

/** What is wrong with the first variable that does not fit `operation`, as a sentence; null when all of them fit. */
export function findWrongVariable(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables,
): string | null {
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const path = `$${toShownName(name)}`;
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type)) continue;
    const isSent = Object.hasOwn(variables, name);
    if (!isSent && isNonNullType(type) && defaultValue === undefined) return `${path} is missing`;
    const wrong = isSent ? findWrong(type, { path, value: variables[name] }) : null;
    if (wrong !== null) return wrong;
  }
  return null;
}

function findWrong(type: GraphQLInputType, { path, value }: Place): string | null {
  if (isNonNullType(type)) {
    if (value === null || value === undefined) return `${path} must not be null`;
    return findWrong(type.ofType, { path, value });
  }
  if (value === null || value === undefined) return null;
  if (isListType(type)) {
    // One value stands for a list of one.
    if (!Array.isArray(value)) return findWrong(type.ofType, { path, value });
    for (const [index, item] of value.entries()) {
      const wrong = findWrong(type.ofType, { path: `${path}[${index}]`, value: item });
      if (wrong !== null) return wrong;
    }
    return null;
  }
  return isInputObjectType(type) ? findWrongField(type, { path, value }) : findWrongLeaf(type, { path, value });
}

function findWrongField(type: GraphQLInputObjectType, { path, value }: Place): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
  const sent = value as Variables;
  const fields = type.getFields();
  for (const name in sent) {
    if (!Object.hasOwn(fields, name)) return `${path}.${toShownName(name)} is not a field of ${type.name}`;
  }
  for (const field of Object.values(fields)) {
    const at = `${path}.${field.name}`;
    const isSent = Object.hasOwn(sent, field.name);
    if (!isSent && isRequired(field)) return `${at} is missing`;
    const wrong = isSent ? findWrong(field.type, { path: at, value: sent[field.name] }) : null;
    if (wrong !== null) return wrong;
  }
  return null;
}

function isRequired({ type, defaultValue, default: given }: ReturnType<GraphQLInputObjectType['getFields']>[string]) {
  return isNonNullType(type) && defaultValue === undefined && given === undefined;
}

function findWrongLeaf(type: GraphQLLeafType, { path, value }: Place): string | null {
  try {
    if (type.parseValue(value) !== undefined) return null;
  } catch {
    // What a type says of a value quotes it.
  }
  if (!isEnumType(type)) return `${path} must be of the type ${type.name}`;
  const names = type.getValues().map(({ name }) => name);
  return `${path} must be one of ${names.join(', ')}`;
}
