// The same create as the only item of a list, said in each transport.
import { send } from './change-transports.ts';
import {
  type Answer,
  type Input,
  type Kind,
  mapKeys,
  RESOURCE_FIELDS,
  type Transport,
  toCamelCase,
  toGraphqlAnswer,
  toGraphqlInput,
  toRestAnswer,
  toSnakeCase,
  toTrpcAnswer,
} from './transports.ts';

type Outcome = {
  readonly resource: Input | null;
  readonly outcome: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
};

const KINDS: { readonly [code: string]: Kind } = {
  invalid_input: 'bad_request',
  digest_mismatch: 'bad_request',
  fields_too_large: 'bad_request',
  conflict: 'conflict',
  precondition_failed: 'precondition_failed',
  quota_exceeded: 'forbidden',
  internal: 'internal',
};

function toAnswer(item: Outcome): Answer {
  const { resource, error } = item;
  const outcome = item.outcome?.toLowerCase() ?? null;
  if (error === null) return { kind: 'ok', resource, message: null, outcome };
  return { kind: KINDS[error.code] as Kind, resource: null, message: error.message, outcome };
}

const QUERY = `mutation Create($items: [CreateResourceInput!]!) {
  createResources(items: $items) { resource { ${RESOURCE_FIELDS} } outcome error { code message } }
}`;

export const BATCH_TRANSPORTS: readonly Transport[] = [
  {
    name: 'REST batch',
    async create(input, target) {
      const body = { items: [mapKeys(input, toSnakeCase)] };
      const answer = await send('POST', '/v1/resources/batch', { ...target, body });
      if (answer.status !== 200) return toRestAnswer(answer);
      const [{ resource, ...item }] = answer.json.items;
      return toAnswer({ resource: resource && mapKeys(resource, toCamelCase), ...item });
    },
  },
  {
    name: 'GraphQL batch',
    async create(input, target) {
      const body = { query: QUERY, variables: { items: [toGraphqlInput(input)] } };
      const answer = await send('POST', '/graphql', { ...target, body });
      const { json } = answer;
      return json.errors === undefined ? toAnswer(json.data.createResources[0]) : toGraphqlAnswer(answer);
    },
  },
  {
    name: 'tRPC batch',
    async create(input, target) {
      const answer = await send('POST', '/trpc/resource.createMany', { ...target, body: { items: [input] } });
      const { json } = answer;
      return json.error === undefined ? toAnswer(json.result.data.items[0]) : toTrpcAnswer(answer);
    },
  },
];
