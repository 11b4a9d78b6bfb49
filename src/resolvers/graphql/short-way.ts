// The short way through GraphQL: a document that Yoga has found valid is executed at once when it comes again, and data without
// errors is written out as Yoga wrote it before. Whatever is not as usual goes Yoga's way, which takes as long again as the rest.
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { createDocumentCache, type DocumentCacheOptions } from './document-cache.ts';
import { executePlainly } from './executor.ts';
import { findWrongVariable } from './variables.ts';

export type ShortWay = {
  /** Remembers a document that has been found valid. */
  learnDocument(text: string, document: DocumentNode): void;
  /** Remembers the type in which an answer with data alone was written for who accepts this. */
  learnType(accept: string, type: string): void;
  /** The type of an answer; undefined when it is Yoga's to choose. */
  findType(accept: string): string | undefined;
  /** The document that is asked for, with an operation to be executed; null when that is Yoga's to look at. */
  findDocument(params: GraphQLParams): DocumentNode | null;
  /** Executes a document that `findDocument` gave. */
  execute(document: DocumentNode, asked: Asked): ExecutionResult | Promise<ExecutionResult>;
};
type Asked = { readonly params: GraphQLParams; readonly context: unknown };

const TYPES = { maxEntries: 100, maxDocumentChars: 500 };
/** What else a request may hold, such as extensions, is Yoga's to judge. */
const KNOWN_PARAMS: ReadonlySet<string> = new Set(['query', 'variables', 'operationName']);

/** Knows nothing yet. */
export function createShortWay(schema: GraphQLSchema, bounds: DocumentCacheOptions): ShortWay {
  const documents = createDocumentCache<DocumentNode>(bounds);
  const types = createDocumentCache<string>(TYPES);
  return {
    learnDocument: documents.set,
    learnType: types.set,
    findType: types.get,
    findDocument(params) {
      if (!isUsual(params)) return null;
      const document = documents.get(params.query);
      const operation = document && getOperationAST(document, params.operationName);
      if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
      return findWrongVariable(schema, operation, params.variables ?? {}) === null ? document : null;
    },
    execute(document, { params: { variables, operationName }, context }) {
      return executePlainly({
        schema,
        document,
        contextValue: context,
        variableValues: variables ?? {},
        operationName: operationName ?? null,
      });
    },
  };
}

function isUsual(params: GraphQLParams): params is GraphQLParams & { readonly query: string } {
  if (typeof params !== 'object' || params === null) return false;
  const { query, variables, operationName } = params as { readonly [Name in keyof GraphQLParams]: unknown };
  return (
    typeof query === 'string' &&
    (variables === undefined || variables === null || (typeof variables === 'object' && !Array.isArray(variables))) &&
    (operationName === undefined || operationName === null || typeof operationName === 'string') &&
    Object.keys(params).every((name) => KNOWN_PARAMS.has(name))
  );
}
