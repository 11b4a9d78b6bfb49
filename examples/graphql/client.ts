// Somebody else's program over GraphQL, with nothing but fetch: a file as an upload, a create with variables, a list read to
// its end, an address to download from, and what a refusal looks like.
declare const process: { argv: string[] };
const [, , url = '', token = ''] = process.argv;
const tell = (...values: unknown[]) => console.log(JSON.stringify(values));

type Refusal = { message: string; extensions: { code: string; reason?: string; resourceId?: string } };
type Answer<Data> = { data?: Data | null; errors?: Refusal[] };

class GatewayRefusal extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

async function send<Data>(body: BodyInit, headers: { [name: string]: string } = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body,
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.[0] !== undefined) throw new GatewayRefusal(errors[0]);
  return data as Data;
}

const ask = <Data>(query: string, variables: object = {}) =>
  send<Data>(JSON.stringify({ query, variables }), { 'content-type': 'application/json' });

/** The GraphQL multipart request specification: the operation, where its files go, the files. */
function upload<Data>(query: string, { input, file }: { input: object; file: Blob }): Promise<Data> {
  const form = new FormData();
  form.append('operations', JSON.stringify({ query, variables: { input: { ...input, file: null } } }));
  form.append('map', JSON.stringify({ 0: ['variables.input.file'] }));
  form.append('0', file);
  return send<Data>(form);
}

type Resource = { id: string; name: string; sizeBytes: number; downloadUrl: string };
const CREATE = `mutation ($input: CreateResourceInput!) {
  createResource(input: $input) { id name sizeBytes downloadUrl }
}`;
type Created = { createResource: Resource };

const uploaded = await upload<Created>(CREATE, {
  input: { name: 'uploaded.txt', directoryPath: '/graphql', tags: ['new'] },
  file: new Blob(['Hello, file'], { type: 'text/plain' }),
});
tell('uploaded', uploaded.createResource.name, uploaded.createResource.sizeBytes);

const inline = { name: 'inline.txt', directoryPath: '/graphql', content: 'data:text/plain;base64,SGVsbG8=' };
const { createResource } = await ask<Created>(CREATE, { input: inline });
tell('created', createResource.name, createResource.sizeBytes);

// The address needs no token, for a while.
tell('downloaded', await (await fetch(createResource.downloadUrl)).text());

type Page = {
  resources: { edges: { node: Resource }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
};
const LIST = `query ($after: String) {
  resources(filter: { directoryPath: "/graphql" }, sort: { by: NAME }, first: 1, after: $after) {
    edges { node { name } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const names: string[] = [];
let after: string | null = null;
do {
  const { resources }: Page = await ask<Page>(LIST, { after });
  names.push(...resources.edges.map(({ node }) => node.name));
  after = resources.pageInfo.hasNextPage ? resources.pageInfo.endCursor : null;
} while (after !== null);
tell('listed', names);

const refused = await ask<Created>(CREATE, { input: inline }).catch((error: unknown) => error);
if (!(refused instanceof GatewayRefusal)) throw new Error('the second create of a name should have been refused');
const { code, resourceId } = refused.refusal.extensions;
tell('refused', code, resourceId === createResource.id);
