// Executes queries and mutations as graphql-js does, but what is only a property of an object it reads directly: a page has
// a thousand of these, for each of which graphql-js makes a path, a description of the field and its arguments.
import { type ExecutionArgs, type ExecutionResult, type GraphQLObjectType, validateExecutionArgs } from 'graphql';
import type { FieldDetailsList } from 'graphql/execution/collectFields.js';
import { createSharedExecutionContext } from 'graphql/execution/createSharedExecutionContext.js';
import { Executor } from 'graphql/execution/Executor.js';
import { isPromise } from 'graphql/jsutils/isPromise.js';
import { addPath, type Path } from 'graphql/jsutils/Path.js';
import { promiseForObject } from 'graphql/jsutils/promiseForObject.js';
import { type Answer, readField, type SelectedField, type Selection, select, UNREAD } from './plain-fields.ts';

/** An object whose fields are executed. */
type Place = { readonly type: GraphQLObjectType; readonly source: unknown; readonly path: Path };

/**
 * Executes an operation that has been validated; never rejects for what a resolver throws. A resolver whose field has the
 * extension `isPlain` is given its source and the context alone, and answers at once with a value of its type or null; when
 * it throws it is called again, to tell where.
 */
export function executePlainly(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const validated = validateExecutionArgs(args);
  if (!('schema' in validated)) return { errors: validated };
  return new PlainExecutor(validated, createSharedExecutionContext(undefined)).executeRootSelectionSet();
}

class PlainExecutor extends Executor {
  /** By a field's nodes, which are the same for every item of a list. */
  readonly #selections = new Map<FieldDetailsList, Selection>();

  override collectAndExecuteSubfields(...call: Parameters<Executor['collectAndExecuteSubfields']>) {
    const [type, details, path, source] = call;
    return this.#answerFields(details, { type, source, path });
  }

  #answerFields(details: FieldDetailsList, place: Place): Answer | Promise<Answer> {
    const { fields, createAnswer } = this.#select(place.type, details);
    const answer = createAnswer();
    let hasPromise = false;
    try {
      for (const field of fields) {
        const value = this.#answerField(field, place);
        if (value === undefined) continue;
        answer[field.responseName] = value;
        hasPromise ||= isPromise(value);
      }
    } catch (thrown) {
      // Of several fields that fail one is told, and the promises of the others must not be nobody's.
      if (hasPromise) this.sharedExecutionContext.asyncWorkTracker.addValues(Object.values(answer));
      throw thrown;
    }
    return hasPromise ? promiseForObject(answer, this.promiseAll) : answer;
  }

  #select(type: GraphQLObjectType, details: FieldDetailsList): Selection {
    const known = this.#selections.get(details);
    // The items of an interface may be of several types.
    if (known?.type === type) return known;
    const selection = select(this.validatedExecutionArgs, { type, details });
    this.#selections.set(details, selection);
    return selection;
  }

  #answerField(field: SelectedField, { type, source, path }: Place): unknown {
    const { shape, details, responseName, returnType } = field;
    const value = readField(field, source, this.validatedExecutionArgs.contextValue);
    if (value !== UNREAD && (shape.kind !== 'object' || value === null)) return value;
    const fieldPath = addPath(path, responseName, type.name);
    if (value === UNREAD || shape.kind !== 'object' || returnType === null) {
      return this.executeField(type, source, details, fieldPath, undefined, undefined);
    }
    const fail = (thrown: unknown) => {
      this.handleFieldError(thrown, returnType, details, fieldPath);
      return null;
    };
    try {
      const answer = this.#answerFields(details, { type: shape.type, source: value, path: fieldPath });
      return isPromise(answer) ? answer.then(undefined, fail) : answer;
    } catch (thrown) {
      return fail(thrown);
    }
  }
}
