// What a GraphQL document asks for, by the name of the log and the metrics. Names that a caller made up are never passed
// on: only those of the schema's own fields.
import { type DocumentNode, type GraphQLSchema, getOperationAST, Kind } from 'graphql';

export type OperationNames = ReturnType<typeof createOperationNames>;

/** Reads a document's operation; `several` when its fields are not all the same. */
export function createOperationNames(schema: GraphQLSchema) {
  const known = new Set(
    [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    ),
  );
  return (document: DocumentNode, operationName?: string | null): string => {
    const selections = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
    const names = new Set(
      selections.map((selection) => (selection.kind === Kind.FIELD ? toName(selection.name.value) : 'several')),
    );
    const [first = 'unknown'] = names;
    return names.size > 1 ? 'several' : first;
  };

  function toName(field: string): string {
    if (field.startsWith('__')) return 'introspection';
    return known.has(field) ? field : 'unknown';
  }
}
