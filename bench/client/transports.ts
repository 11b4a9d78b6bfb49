// A create in each transport, as a body with a gap where its content goes.

/** Names need no escapes. */
export type File = { readonly name: string; readonly directory: string };

export type Transport = {
  readonly name: 'REST' | 'tRPC' | 'GraphQL';
  readonly path: string;
  /** What stands before and after the content's base64. ASCII. */
  frame(file: File): { readonly before: string; readonly after: string };
  /** Whether an answer of status 200 says that a content of this size was stored. */
  isStored(body: string, sizeBytes: number): boolean;
};

const MIME_TYPE = 'text/plain';
const TAGS = '"tags":["bench","two tags"]';

/** Every field, so that each transport answers the same. */
const QUERY = `mutation Create($input: CreateResourceInput!) { createResource(input: $input) {
  id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket storageKey
  sizeBytes tags metadata createdBy createdAt updatedAt
} }`;

const toContent = (directoryKey: string, { name, directory }: File) =>
  `{"name":"${name}","${directoryKey}":"${directory}",${TAGS},"content":"data:${MIME_TYPE};base64,`;

export const REST: Transport = {
  name: 'REST',
  path: '/v1/resources',
  frame: (file) => ({ before: toContent('directory_path', file), after: '"}' }),
  isStored: (body, sizeBytes) => body.includes(`"size_bytes":${sizeBytes},`),
};

/** What stands at the name gets another version. */
export const REPLACE: Transport = {
  ...REST,
  frame: (file) => ({ ...REST.frame(file), after: '","on_conflict":"replace"}' }),
};

export const TRPC: Transport = {
  name: 'tRPC',
  path: '/trpc/resource.create',
  frame: (file) => ({ before: toContent('directoryPath', file), after: '"}' }),
  isStored: (body, sizeBytes) => body.includes('"result":') && body.includes(`"sizeBytes":${sizeBytes},`),
};

export const GRAPHQL: Transport = {
  name: 'GraphQL',
  path: '/graphql',
  frame: (file) => ({
    before: `{"query":${JSON.stringify(QUERY)},"variables":{"input":${toContent('directoryPath', file)}`,
    after: '"}}}',
  }),
  isStored: (body, sizeBytes) => !body.includes('"errors":') && body.includes(`"sizeBytes":${sizeBytes},`),
};

export const TRANSPORTS: readonly Transport[] = [REST, TRPC, GRAPHQL];
