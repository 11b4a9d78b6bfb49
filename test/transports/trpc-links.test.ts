import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  isNonJsonSerializable,
  loggerLink,
  splitLink,
  type TRPCLink,
} from '@trpc/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppRouter } from '../../src/resolvers/trpc/types.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Access = { readonly url: string; readonly headers: { readonly authorization: string } };

const LINKS: { readonly [name: string]: (access: Access) => TRPCLink<AppRouter>[] } = {
  httpLink: (access) => [httpLink(access)],
  httpBatchLink: (access) => [httpBatchLink(access)],
  httpBatchStreamLink: (access) => [httpBatchStreamLink(access)],
  'httpLink that posts': (access) => [httpLink({ ...access, methodOverride: 'POST' })],
  'httpBatchLink that posts': (access) => [httpBatchLink({ ...access, methodOverride: 'POST' })],
  'httpBatchStreamLink that posts': (access) => [httpBatchStreamLink({ ...access, methodOverride: 'POST' })],
  'loggerLink and splitLink': (access) => [
    loggerLink({ enabled: () => false }),
    splitLink({
      condition: ({ input }) => isNonJsonSerializable(input),
      true: httpLink(access),
      false: httpBatchStreamLink(access),
    }),
  ],
};

const BIG = Buffer.alloc(3_000_000, 'streamed past the parser ');

describe.each(Object.keys(LINKS))('%s', (name) => {
  const connect = (bearer: string) => {
    const access = { url: `${gateway.url}/trpc`, headers: { authorization: `Bearer ${bearer}` } };
    return createTRPCClient<AppRouter>({ links: LINKS[name]?.(access) ?? [] });
  };
  const directoryPath = `/${name.replaceAll(' ', '-')}`;

  test('stores contents of all sizes at once, and finds them', async () => {
    const { resource } = connect(token);
    const contents = [Buffer.from('small'), BIG];
    const stored = await Promise.all(
      contents.map((bytes, index) =>
        resource.create.mutate({
          name: String(index),
          directoryPath,
          content: `data:text/plain;base64,${bytes.toString('base64')}`,
        }),
      ),
    );
    expect(stored.map(({ sizeBytes }) => sizeBytes)).toEqual([5, BIG.length]);
    const [one, page] = await Promise.all([
      resource.byId.query({ id: stored[0]?.id as string }),
      resource.list.query({ directoryPath }),
    ]);
    expect(one).toEqual(stored[0]);
    expect(page.items).toHaveLength(2);
  });

  test('says why it refuses', async () => {
    const { resource } = connect('no-token');
    await expect(resource.list.query({})).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED', httpStatus: 401 } });
  });
});

test('a question too long for an address is answered by POST', async () => {
  const access = { url: `${gateway.url}/trpc`, headers: { authorization: `Bearer ${token}` } };
  const { resource } = createTRPCClient<AppRouter>({ links: [httpLink({ ...access, methodOverride: 'POST' })] });
  const tagsAny = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(250, '€'));
  expect((await resource.list.query({ tagsAny })).items).toEqual([]);
});
