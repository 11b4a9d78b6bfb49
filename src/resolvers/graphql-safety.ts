// Yoga's plugin for what must hold before anything is executed: our limits, and who may ask for the schema.
import { type GraphQLSchema, NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createLimitedParser, GRAPHQL_LIMITS } from './graphql-limits.ts';

export type GraphqlSafetyOptions = {
  /** Whether callers may ask for the schema; without it no refusal hints at names that the caller did not send. */
  readonly introspection: boolean;
};

/** The plugin over an executable schema. */
export function useSafety(schema: GraphQLSchema, { introspection }: GraphqlSafetyOptions): Plugin {
  const parse = createLimitedParser(schema, GRAPHQL_LIMITS);
  return {
    onParse({ setParseFn }) {
      setParseFn(parse);
    },
    onValidate({ addValidationRule, setValidationFn }) {
      if (introspection) return;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((of, document, rules) => validate(of, document, rules, { hideSuggestions: true }));
    },
  };
}
