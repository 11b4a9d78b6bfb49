// Many creates in one request, and the outcome of each. Items are checked one by one, so that each is refused alone.
import { z } from 'zod';
import { MAX_CREATES_PER_REQUEST } from '../domain/caller/allowance.ts';
import { CREATE_RESULTS, type CreateResult } from '../domain/conflict.ts';
import type { CreateOutcome } from '../domain/create/create-many.ts';
import type { CreateResourceInput } from '../domain/create/create-resource.ts';
import { type ErrorCode, GatewayError, toSentence } from '../domain/errors.ts';
import type { Resource } from '../domain/resource.ts';
import { restCreateResourceInput, type WrittenCreateResource } from './create-resource.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { type PublicResource, restResource, toPublicResource, toRestResource } from './resource.ts';
import { toSnakeCase } from './spelling.ts';

const items = z.array(z.unknown(), required('must be an array of resources'));

/** A list of anything; what its items may hold is checked by `readItems`. */
export const createManyInput = inputObject({ items }) as z.ZodType<
  { items: unknown[] },
  { items: WrittenCreateResource[] }
>;
/** The same as it is documented: what an item must look like in order not to be refused. */
export const restCreateManyInput = z.object({
  items: z
    .array(restCreateResourceInput)
    .min(1)
    .max(MAX_CREATES_PER_REQUEST)
    .describe('What to create; each item gets an outcome of its own'),
});

/** Why an item was not created. */
export const refusal = z.object({
  code: z.string().describe('What kind of refusal it is, for example conflict or invalid_input'),
  message: z.string().describe('What to change, in a sentence'),
});
/** What REST answers. */
export const restCreateManyAnswer = z.object({
  items: z
    .array(
      z.object({
        resource: restResource.nullable(),
        outcome: z.enum(CREATE_RESULTS).nullable().describe('What the create has come to; null beside an error'),
        error: refusal.nullable(),
      }),
    )
    .describe('One outcome for each item, in their order: either a resource or an error'),
});

type Refusal = { code: ErrorCode; message: string };

/** An outcome as tRPC shows it: either the error is null or the others are. */
export type PublicOutcome = { resource: PublicResource | null; outcome: CreateResult | null; error: Refusal | null };

/**
 * Each item as the domain takes it, or its refusal.
 * @param read throws GatewayError for an item that has the wrong shape
 */
export function readItems(
  values: readonly unknown[],
  read: (value: unknown) => CreateResourceInput,
): (CreateResourceInput | GatewayError)[] {
  return values.map((value) => {
    try {
      return read(value);
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    }
  });
}

/** The outcome in camelCase. */
export function toPublicOutcome(outcome: CreateOutcome): PublicOutcome {
  if (outcome.kind === 'refused') return { resource: null, outcome: null, error: toRefusal(outcome.error) };
  return { resource: toPublicResource(outcome.resource), outcome: outcome.result, error: null };
}

/** The outcome as GraphQL shows it. */
export type GraphqlOutcome = Omit<PublicOutcome, 'resource'> & { resource: Resource | null };

export function toGraphqlOutcome(outcome: CreateOutcome): GraphqlOutcome {
  const resource = outcome.kind === 'refused' ? null : outcome.resource;
  return { ...toPublicOutcome(outcome), resource };
}

/** The outcome in snake_case. */
export function toRestOutcome(outcome: CreateOutcome): z.output<typeof restCreateManyAnswer>['items'][number] {
  if (outcome.kind === 'refused') {
    const { error } = outcome;
    return { resource: null, outcome: null, error: { code: error.code, message: toSentence(error, toSnakeCase) } };
  }
  return { resource: toRestResource(outcome.resource), outcome: outcome.result, error: null };
}

function toRefusal({ code, message }: GatewayError): Refusal {
  return { code, message };
}

/** What the request's log line tells of its outcomes: the last refusal, and above all what went wrong on our side. */
export function toOutcomeEvent(outcomes: readonly CreateOutcome[]): { errorCode?: string; err?: unknown } {
  const errors = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.error] : []));
  const error = errors.findLast(({ code }) => code === 'internal') ?? errors.at(-1);
  if (error === undefined) return {};
  return { errorCode: error.code, ...(error.code === 'internal' ? { err: error.cause } : {}) };
}
