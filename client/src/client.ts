// One client of one gateway: the typed API, and uploads that no single call could be.
import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  isNonJsonSerializable,
  splitLink,
  type TRPCLink,
} from '@trpc/client';
import { EventSource } from 'eventsource';
import type { Connection } from './connection.ts';
import { fromRestAnswer, GatewayError, toGatewayError } from './errors.ts';
import type { UploadSource } from './source.ts';
import type { AppRouter, GatewayApi, Resource } from './types.ts';
import { type UploadOptions, upload } from './upload.ts';
import { type UploadItem, type UploadManyOptions, type UploadOutcome, uploadMany } from './upload-many.ts';

export type ClientOptions = {
  /** Where the gateway is, for example `https://files.example.com`; a path at its end is kept. */
  readonly url: string;
  /** The bearer token, or what gives one; asked before each request, so that it may be renewed. */
  readonly token: string | (() => string | Promise<string>);
};

export type DownloadOptions = {
  /** Leaves out as many bytes of the beginning. */
  readonly fromByte?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type GatewayClient = {
  readonly url: string;
  /** Every operation of the gateway, typed. A create is repeatable with `{ context: { idempotencyKey } }`. */
  readonly api: GatewayApi;
  /**
   * Makes a resource of a file, or of a stream, which needs a name.
   * @throws GatewayError; the signal's reason when it is aborted
   */
  upload(source: UploadSource, options: UploadOptions): Promise<Resource>;
  /** Many of them, a few at once; see `uploadMany`. */
  uploadMany<Item extends UploadItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    options?: UploadManyOptions,
  ): AsyncGenerator<UploadOutcome<Item>, void, undefined>;
  /** The content of a resource, as a response whose body is to be read or cancelled. @throws GatewayError */
  download(id: string, options?: DownloadOptions): Promise<Response>;
};

/** tRPC puts what it batches of queries into the address; proxies refuse long ones. */
const MAX_URL_CHARACTERS = 4_000;
const MAX_BATCH_CALLS = 50;

export function createClient({ url: given, token }: ClientOptions): GatewayClient {
  const url = given.replace(/\/+$/, '');
  const authorization = async () => ({
    authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
  });
  const api = createTRPCClient<AppRouter>({ links: [createLink(`${url}/trpc`, authorization)] });
  const connection: Connection = { url, api, authorization, learned: { isDirectRefused: false } };
  const uploadOne: GatewayClient['upload'] = (source, options) => upload(connection, source, options);
  return {
    url,
    api,
    upload: uploadOne,
    uploadMany: (items, options = {}) => uploadMany(uploadOne, items, options),
    async download(id, { fromByte = 0, signal } = {}) {
      const headers = { ...(await authorization()), ...(fromByte > 0 && { range: `bytes=${fromByte}-` }) };
      const response = await fetch(`${url}/v1/resources/${id}/content`, { headers, signal: signal ?? null }).catch(
        (thrown) => {
          signal?.throwIfAborted();
          throw toGatewayError(thrown);
        },
      );
      if (response.ok) {
        if (fromByte === 0 || response.status === 206) return response;
        await response.body?.cancel();
        throw new GatewayError('unreachable', 'the answer is not the part of the content that was asked for');
      }
      const { status } = response;
      throw fromRestAnswer({ status, header: (name) => response.headers.get(name), text: await response.text() });
    },
  };
}

type Authorization = Connection['authorization'];

/** Calls of one moment share a request, but for forms and for what has a key of its own: a key covers one create. */
function createLink(url: string, authorization: Authorization): TRPCLink<AppRouter> {
  const keyOf = (context: { readonly [name: string]: unknown }) => context.idempotencyKey as string | undefined;
  return splitLink({
    condition: ({ type }) => type === 'subscription',
    true: httpSubscriptionLink<AppRouter, typeof EventSource>({
      url,
      EventSource,
      // A browser's own cannot send a token.
      eventSourceOptions: async () => {
        const headers = await authorization();
        return {
          fetch: (target: string | URL, init: { readonly headers: { readonly [name: string]: string } }) =>
            fetch(target, { ...init, headers: { ...init.headers, ...headers } } as RequestInit),
        };
      },
    }),
    false: splitLink({
      condition: ({ input, context }) => isNonJsonSerializable(input) || keyOf(context) !== undefined,
      true: httpLink({
        url,
        headers: async ({ op: { context } }) => {
          const key = keyOf(context);
          return { ...(await authorization()), ...(key !== undefined && { 'idempotency-key': key }) };
        },
      }),
      false: httpBatchLink({
        url,
        headers: authorization,
        maxURLLength: MAX_URL_CHARACTERS,
        maxItems: MAX_BATCH_CALLS,
      }),
    }),
  });
}
