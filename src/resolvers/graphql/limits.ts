// What one GraphQL document may ask for, judged before it is validated or executed. More is refused, never trimmed.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  Lexer,
  type ParseOptions,
  parse,
  Source,
  TokenKind,
} from 'graphql';
import { createMeasure, type DocumentSize } from './measure.ts';

export type GraphqlLimits = {
  readonly maxTokens: number;
  /** Brackets of any kind inside one another: selections, literals and types alike. */
  readonly maxNesting: number;
  /** Fields inside one another, fragments spread out. */
  readonly maxDepth: number;
  /** In one operation, fragments spread out. */
  readonly maxAliases: number;
  /** As `createMeasure` counts it. */
  readonly maxCost: number;
};

/**
 * A hundred aliased creates with literal input fit, and four full pages with every field; metadata may be written out as
 * deep as the domain takes it.
 */
export const GRAPHQL_LIMITS: GraphqlLimits = {
  maxTokens: 5_000,
  maxNesting: 160,
  maxDepth: 16,
  maxAliases: 200,
  maxCost: 20_000,
};

const OPENING = new Set<string>([TokenKind.PAREN_L, TokenKind.BRACKET_L, TokenKind.BRACE_L]);
const CLOSING = new Set<string>([TokenKind.PAREN_R, TokenKind.BRACKET_R, TokenKind.BRACE_R]);

/**
 * A parser that gives only documents within `limits`; what it gives is still to be validated.
 * @throws GraphQLError (from the parser) on bad syntax and on every excess
 */
export function createLimitedParser(schema: GraphQLSchema, limits: GraphqlLimits) {
  return (text: string | Source, options?: ParseOptions): DocumentNode => {
    const source = typeof text === 'string' ? new Source(text) : text;
    requireShort(source, limits);
    const document = parse(source, options);
    const measure = createMeasure(schema, document);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) requireSmall(measure(definition), limits);
    }
    return document;
  };
}

/** Before the parser, since deep brackets would exhaust its recursion. */
function requireShort(source: Source, { maxTokens, maxNesting }: GraphqlLimits): void {
  const lexer = new Lexer(source);
  let nesting = 0;
  for (let count = 1; lexer.advance().kind !== TokenKind.EOF; count += 1) {
    if (OPENING.has(lexer.token.kind)) nesting += 1;
    if (CLOSING.has(lexer.token.kind)) nesting -= 1;
    if (count > maxTokens)
      throw tooMuch('is longer than', `${maxTokens} tokens; use variables or ask for less at once`);
    if (nesting > maxNesting) throw tooMuch('has more than', `${maxNesting} brackets inside one another`);
  }
}

function requireSmall({ depth, aliases, cost }: DocumentSize, { maxDepth, maxAliases, maxCost }: GraphqlLimits): void {
  if (depth > maxDepth) throw tooMuch('nests fields deeper than', `${maxDepth}`);
  if (aliases > maxAliases) throw tooMuch('has more than', `${maxAliases} aliases; ask for less at once`);
  if (cost > maxCost) throw tooMuch('may cost more than', `${maxCost}; ask for smaller pages, or less at once`);
}

function tooMuch(what: string, limit: string): GraphQLError {
  return new GraphQLError(`the document ${what} ${limit}`);
}
