// How much a GraphQL operation asks for, told from its text and the schema alone, in time linear in the text.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../domain/find/list-resources.ts';

export type DocumentSize = { readonly depth: number; readonly aliases: number; readonly cost: number };

/** A field of Query or Mutation is a call of the domain, and mostly a statement in the database. */
const CALL_COST = 100;
/** `onceCost` is what a list above does not multiply. */
type Size = DocumentSize & { readonly onceCost: number };
const NOTHING: Size = { depth: 0, aliases: 0, cost: 0, onceCost: 0 };

/**
 * Sizes operations. Every field costs 1 or what its extension `cost` says, and one of Query or Mutation 100 more; what
 * stands below a field that takes `first` counts once for each item of the page: as many as a literal says, 50 without one,
 * 200 for a variable. A field with the extension `isOncePerPage` counts once. The extension `itemsOf` names an argument whose
 * list has as many items as the answer (`maxItems` for a variable), each of which costs `itemCost` more.
 */
export function createMeasure(schema: GraphQLSchema, document: DocumentNode) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const roots = new Set(types.flatMap((type) => type?.name ?? []));
  // Each fragment is sized once, however often it is spread: a bomb of fragments is only a large number.
  const sized = new Map<string, Size>();

  function sizeFragment(name: string): Size {
    const known = sized.get(name);
    if (known !== undefined) return known;
    // One that holds itself counts as nothing: validation refuses it.
    sized.set(name, NOTHING);
    const fragment = fragments.get(name);
    if (fragment === undefined) return NOTHING;
    const size = sizeSelections(fragment.selectionSet, fragment.typeCondition.name.value);
    sized.set(name, size);
    return size;
  }

  function sizeField(field: FieldNode, typeName: string | undefined): Size {
    const definition = findField(schema, { typeName, fieldName: field.name.value });
    const below = definition && getNamedType(definition.type).name;
    const inner = field.selectionSet === undefined ? NOTHING : sizeSelections(field.selectionSet, below);
    const own = ownCost(definition) + (typeName !== undefined && roots.has(typeName) ? CALL_COST : 0);
    const isOnce = definition?.extensions.isOncePerPage === true;
    const items = countItems(field, definition);
    const itemCost = Number(definition?.extensions.itemCost ?? 0);
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + (field.alias === undefined ? 0 : 1),
      cost: (isOnce ? 0 : own) + (inner.cost + itemCost) * (items ?? 1) + (items === null ? 0 : inner.onceCost),
      onceCost: (isOnce ? own : 0) + (items === null ? inner.onceCost : 0),
    };
  }

  function sizeSelections({ selections }: SelectionSetNode, typeName: string | undefined): Size {
    let total = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) total = sum(total, sizeField(selection, typeName));
      else if (selection.kind === Kind.FRAGMENT_SPREAD) total = sum(total, sizeFragment(selection.name.value));
      else {
        const inner = sizeSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
        total = sum(total, inner);
      }
    }
    return total;
  }

  return ({ operation, selectionSet }: OperationDefinitionNode): DocumentSize => {
    const { depth, aliases, cost, onceCost } = sizeSelections(selectionSet, schema.getRootType(operation)?.name);
    return { depth, aliases, cost: cost + onceCost };
  };
}

function sum(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    cost: a.cost + b.cost,
    onceCost: a.onceCost + b.onceCost,
  };
}

type Place = { readonly typeName: string | undefined; readonly fieldName: string };
type Field = GraphQLField<unknown, unknown>;

function findField(schema: GraphQLSchema, { typeName, fieldName }: Place): Field | undefined {
  const type = typeName === undefined ? undefined : schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
}

/** A field that does more than show what has been fetched says so. */
function ownCost(definition: Field | undefined): number {
  return Number(definition?.extensions.cost ?? 1);
}

/** How often what stands below a field may have to be answered; null when it is neither a page nor a list of ids. */
function countItems(field: FieldNode, definition: Field | undefined): number | null {
  const { itemsOf = 'first', maxItems } = definition?.extensions ?? {};
  if (!definition?.args.some(({ name }) => name === itemsOf)) return null;
  const given = field.arguments?.find(({ name }) => name.value === itemsOf)?.value;
  if (maxItems !== undefined) return given?.kind === Kind.LIST ? given.values.length : Number(maxItems);
  if (given === undefined || given.kind === Kind.NULL) return DEFAULT_PAGE_SIZE;
  // A variable's value is not known here, and a number out of bounds is refused when it is used.
  return given.kind === Kind.INT ? Math.max(1, Math.min(Number(given.value), MAX_PAGE_SIZE)) : MAX_PAGE_SIZE;
}
