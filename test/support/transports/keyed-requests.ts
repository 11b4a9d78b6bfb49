// One create with an idempotency key, in each transport: as a request that a test can send whole, in parts or twice.
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  type Answer,
  CREATE_MUTATION,
  type Input,
  toGraphqlAnswer,
  toGraphqlInput,
  toRestAnswer,
  toTrpcAnswer,
} from './transports.ts';

export type KeyedAnswer = Answer & { readonly status: number; readonly headers: Headers; readonly isReplay: boolean };

export type Target = { readonly url: string; readonly token: string; readonly key: string | null };

export type KeyedTransport = {
  readonly name: string;
  readonly path: string;
  toBody(input: Input): unknown;
  toAnswer(answer: { status: number; headers: Headers; json: unknown }): Answer;
};

const toSnakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const KEYED_TRANSPORTS: readonly KeyedTransport[] = [
  {
    name: 'REST',
    path: '/v1/resources',
    toBody: (input) => Object.fromEntries(Object.entries(input).map(([key, value]) => [toSnakeCase(key), value])),
    toAnswer: toRestAnswer,
  },
  {
    name: 'GraphQL',
    path: '/graphql',
    toBody: (input) => ({ query: CREATE_MUTATION, variables: { input: toGraphqlInput(input) } }),
    toAnswer: toGraphqlAnswer,
  },
  { name: 'tRPC', path: '/trpc/resource.create', toBody: (input) => input, toAnswer: toTrpcAnswer },
];

export function toHeaders({ token, key }: Pick<Target, 'token' | 'key'>) {
  return { authorization: `Bearer ${token}`, ...(key === null ? {} : { 'idempotency-key': key }) };
}

/** Sends a create and reads its answer. */
export async function send(transport: KeyedTransport, input: Input, target: Target): Promise<KeyedAnswer> {
  const response = await fetch(`${target.url}${transport.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...toHeaders(target) },
    body: JSON.stringify(transport.toBody(input)),
  });
  const { status, headers } = response;
  const answer = transport.toAnswer({ status, headers, json: JSON.parse(await response.text()) });
  return { ...answer, status, headers, isReplay: headers.get('idempotency-replayed') === 'true' };
}

/**
 * Sends a create but for the last byte of its body. It resolves when the gateway has asked for the body ("100
 * Continue"), which it does when the key has been claimed.
 */
export async function sendHeldOpen(transport: KeyedTransport, input: Input, target: Target) {
  const { hostname, port } = new URL(target.url);
  const body = JSON.stringify(transport.toBody(input));
  const headers = {
    ...toHeaders(target),
    host: hostname,
    connection: 'close',
    expect: '100-continue',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(`POST ${transport.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  while (!answer.includes('100 Continue')) await once(socket, 'data');
  socket.write(body.slice(0, -1));
  const closed = once(socket, 'close');
  return {
    async finish(): Promise<string> {
      socket.write(body.slice(-1));
      await closed;
      return answer;
    },
    hangUp: () => socket.destroy(),
  };
}
