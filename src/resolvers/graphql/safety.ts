// Yoga's plugin for what must hold before anything is executed: our limits, variables that fit, and who may ask for the
// schema.
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createLimitedParser, GRAPHQL_LIMITS } from './limits.ts';
import { findWrongVariable } from './variables.ts';

export type GraphqlSafetyOptions = {
  /** Whether callers may ask for the schema. */
  readonly introspection: boolean;
};

/** What is about to be executed or subscribed to. */
type Execution = {
  readonly args: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>;
  setResultAndStopExecution(result: ExecutionResult): void;
};

/** The plugin over an executable schema. */
export function useSafety(schema: GraphQLSchema, { introspection }: GraphqlSafetyOptions): Plugin {
  const parse = createLimitedParser(schema, GRAPHQL_LIMITS);
  return {
    onParse({ setParseFn }) {
      setParseFn(parse);
    },
    onValidate({ addValidationRule, setValidationFn }) {
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
      // One error is enough: each may print a literal as long as the document. Suggestions compare every unknown name
      // with all of ours, which takes seconds for a document full of them, and tell names that nobody sent.
      setValidationFn((of, document, rules) =>
        validate(of, document, rules, { maxErrors: 1, hideSuggestions: true }).slice(0, 1),
      );
    },
    onExecute: refuseWrongVariables,
    onSubscribe: refuseWrongVariables,
  };

  function refuseWrongVariables({ args, setResultAndStopExecution }: Execution): void {
    const operation = getOperationAST(args.document, args.operationName);
    // Without one the executor refuses.
    const wrong = operation && findWrongVariable(schema, operation, args.variableValues ?? {});
    if (wrong === null || wrong === undefined) return;
    // As the executor's own: nothing has been executed.
    const error = new GraphQLError(wrong, { extensions: { http: { status: 400 } } });
    setResultAndStopExecution({ errors: [error] });
  }
}
