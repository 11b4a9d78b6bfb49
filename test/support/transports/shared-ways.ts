// The ways in which several creates of one request can share a content, or bring the same bytes.

export type SharedRequest = {
  readonly url: string;
  readonly token: string;
  /** What the request says besides, such as its idempotency key. */
  readonly headers?: { readonly [name: string]: string };
  readonly bytes: Buffer<ArrayBuffer>;
  /** What each item says besides, by its place. */
  readonly more?: readonly { readonly expectedSha256?: string }[];
};

/** Creates one resource in `/` for each name; gives the id of each that was acknowledged, null for one refused. */
export type SharedWay = {
  readonly what: string;
  create(names: readonly string[], request: SharedRequest): Promise<(string | null)[]>;
};

type Outcome = { readonly resource: { readonly id: string } | null };
type Lists = { readonly [alias: string]: readonly Outcome[] };

const LIST = '{ resource { id } }';
const toId = ({ resource }: Outcome) => resource?.id ?? null;

export const toDataUri = (bytes: Buffer) => `data:application/octet-stream;base64,${bytes.toString('base64')}`;

type Target = { readonly url: string; readonly token: string; readonly headers?: { readonly [name: string]: string } };

export async function post(path: string, body: unknown, { url, token, headers }: Target) {
  const isForm = body instanceof FormData;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(isForm ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isForm ? body : JSON.stringify(body),
  });
  return (await response.json()) as never;
}

async function postForm(query: string, lists: object, { bytes, ...target }: SharedRequest & { paths: string[] }) {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: lists }));
  form.set('map', JSON.stringify({ 0: target.paths }));
  form.set('0', new Blob([bytes]), 'shared.bin');
  return (await post('/graphql', form, target)) as { data: Lists };
}

const toItems = (names: readonly string[], { more }: SharedRequest) =>
  names.map((name, index) => ({ name, directoryPath: '/', ...more?.[index] }));

const byFile: SharedWay = {
  what: 'a file of a form',
  async create(names, request) {
    const items = toItems(names, request).map((item) => ({ ...item, file: null }));
    const query = `mutation ($items: [CreateResourceInput!]!) { list: createResources(items: $items) ${LIST} }`;
    const paths = items.map((_, index) => `variables.items.${index}.file`);
    const { data } = await postForm(query, { items }, { ...request, paths });
    return (data.list ?? []).map(toId);
  },
};

const byTwoLists: SharedWay = {
  what: 'a file of a form in two lists',
  async create(names, request) {
    const [first, ...others] = toItems(names, request).map((item) => ({ ...item, file: null }));
    const query = `mutation ($first: [CreateResourceInput!]!, $others: [CreateResourceInput!]!) {
      a: createResources(items: $first) ${LIST} b: createResources(items: $others) ${LIST} }`;
    const paths = ['variables.first.0.file', ...others.map((_, index) => `variables.others.${index}.file`)];
    const { data } = await postForm(query, { first: [first], others }, { ...request, paths });
    return [...(data.a ?? []), ...(data.b ?? [])].map(toId);
  },
};

const byVariable: SharedWay = {
  what: 'a variable above 1 MiB',
  async create(names, request) {
    const { bytes } = request;
    const items = toItems(names, request).map((item) => {
      const fields = Object.entries(item).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
      return `{ ${fields.join(' ')} content: $content }`;
    });
    const query = `mutation ($content: String!) { list: createResources(items: [${items.join(' ')}]) ${LIST} }`;
    const body = { query, variables: { content: toDataUri(bytes) } };
    const { data } = (await post('/graphql', body, request)) as { data: Lists };
    return (data.list ?? []).map(toId);
  },
};

const byRestBatch: SharedWay = {
  what: 'a REST batch, each with a copy',
  async create(names, request) {
    const items = toItems(names, request).map(({ directoryPath, expectedSha256, ...item }) => ({
      ...item,
      directory_path: directoryPath,
      content: toDataUri(request.bytes),
      ...(expectedSha256 === undefined ? {} : { expected_sha256: expectedSha256 }),
    }));
    const answer = (await post('/v1/resources/batch', { items }, request)) as { items: Outcome[] };
    return answer.items.map(toId);
  },
};

const byTrpcList: SharedWay = {
  what: 'a tRPC list, each with a copy',
  async create(names, request) {
    const items = toItems(names, request).map((item) => ({ ...item, content: toDataUri(request.bytes) }));
    const { result } = (await post('/trpc/resource.createMany', { items }, request)) as {
      result: { data: { items: Outcome[] } };
    };
    return result.data.items.map(toId);
  },
};

type Call = { result?: { data: { id: string } } };

const byTrpcBatch: SharedWay = {
  what: 'a tRPC batch of calls, each with a copy',
  async create(names, request) {
    const inputs = toItems(names, request).map((item) => ({ ...item, content: toDataUri(request.bytes) }));
    const path = `/trpc/${inputs.map(() => 'resource.create').join()}?batch=1`;
    const calls = (await post(path, { ...inputs }, request)) as Call[];
    return calls.map(({ result }) => result?.data.id ?? null);
  },
};

export const SHARED_WAYS: readonly SharedWay[] = [byFile, byTwoLists, byVariable, byRestBatch, byTrpcList, byTrpcBatch];
