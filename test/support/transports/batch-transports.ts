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
  toRestAnswer,
  toSnakeCase,
  toTrpcAnswer,
} from './transports.ts';

type Outcome = {
  readonly resource: Input | null;
  readonly error: { readonly code: string; readonly message: string } | null;
};

const KINDS: { readonly [code: string]: Kind } = {
  invalid_input: 'bad_request',
  digest_mismatch: 'bad_request',
  fields_too_large: 'bad_request',
  conflict: 'conflict',
  quota_exceeded: 'forbidden',
  internal: 'internal',
};

function toAnswer({ resource, error }: Outcome): Answer {
  if (error === null) return { kind: 'ok', resource, message: null };
  return { kind: KINDS[error.code] as Kind, resource: null, message: error.message };
}

const QUERY = `mutation Create($items: [CreateResourceInput!]!) {
  createResources(items: $items) { resource { ${RESOURCE_FIELDS} } error { code message } }
}`;

export const BATCH_TRANSPORTS: readonly Transport[] = [
  {
    name: 'REST batch',
    async create(input, target) {
      const body = { items: [mapKeys(input, toSnakeCase)] };
      const { status, json } = await send('POST', '/v1/resources/batch', { ...target, body });
      if (status !== 200) return toRestAnswer({ status, json });
      const [{ resource, error }] = json.items;
      return toAnswer({ resource: resource && mapKeys(resource, toCamelCase), error });
    },
  },
  {
    name: 'GraphQL batch',
    async create(input, target) {
      const body = { query: QUERY, variables: { items: [input] } };
      const { status, json } = await send('POST', '/graphql', { ...target, body });
      return json.errors === undefined ? toAnswer(json.data.createResources[0]) : toGraphqlAnswer({ status, json });
    },
  },
  {
    name: 'tRPC batch',
    async create(input, target) {
      const { status, json } = await send('POST', '/trpc/resource.createMany', { ...target, body: { items: [input] } });
      return json.error === undefined ? toAnswer(json.result.data.items[0]) : toTrpcAnswer({ status, json });
    },
  },
];
