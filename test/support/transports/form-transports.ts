// The same create with its bytes in other clothes: a form over REST and tRPC, a multipart request over GraphQL.
import {
  type Answer,
  CREATE_MUTATION,
  type Input,
  type Transport,
  toGraphqlAnswer,
  toGraphqlInput,
  toRestAnswer,
  toSnakeCase,
  toTrpcAnswer,
} from './transports.ts';

type Target = { readonly url: string; readonly token: string | null };

/** A form's part tells its type without parameters. */
const DATA_URI = /^data:((?:[\w-]+\/[\w-]+)?);base64,([A-Za-z0-9+/]*={0,2})$/;

/** Whether an input can be said as a form: its content, if any, is a data URI that holds. */
export function fitsForm({ content, name, directoryPath, tags, metadata, onConflict }: Input): boolean {
  const isText = (value: unknown) => typeof value === 'string' && value.isWellFormed();
  const bytes = typeof content === 'string' ? DATA_URI.exec(content)?.[2] : undefined;
  return (
    bytes !== undefined &&
    Buffer.from(bytes, 'base64').toString('base64') === bytes &&
    isText(name) &&
    isText(directoryPath) &&
    (tags === undefined || (Array.isArray(tags) && tags.every(isText))) &&
    metadata !== null &&
    onConflict !== null
  );
}

function toFile(content: unknown): Blob {
  const [, type = '', base64 = ''] = DATA_URI.exec(String(content)) ?? [];
  return new Blob([new Uint8Array(Buffer.from(base64, 'base64'))], { type: type || 'application/octet-stream' });
}

async function post(path: string, form: FormData, { url, token }: Target) {
  const headers: { [name: string]: string } = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: form });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

function toForm({ content, tags, metadata, ...fields }: Input, rename: (key: string) => string): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) form.append(rename(key), String(value));
  for (const tag of (tags as string[] | undefined) ?? []) form.append('tags', tag);
  if (metadata !== undefined) form.append('metadata', JSON.stringify(metadata));
  form.append('file', toFile(content), 'from-the-form.bin');
  return form;
}

const restForm: Transport = {
  name: 'REST form',
  async create(input, target): Promise<Answer> {
    const form = toForm(input, toSnakeCase);
    return toRestAnswer(await post('/v1/resources', form, target));
  },
};

const trpcForm: Transport = {
  name: 'tRPC form',
  create: async (input, target) =>
    toTrpcAnswer(
      await post(
        '/trpc/resource.create',
        toForm(input, (key) => key),
        target,
      ),
    ),
};

const graphqlUpload: Transport = {
  name: 'GraphQL upload',
  async create({ content, ...input }, target) {
    const form = new FormData();
    form.append(
      'operations',
      JSON.stringify({ query: CREATE_MUTATION, variables: { input: { ...toGraphqlInput(input), file: null } } }),
    );
    form.append('map', JSON.stringify({ 0: ['variables.input.file'] }));
    form.append('0', toFile(content), 'from-the-form.bin');
    return toGraphqlAnswer(await post('/graphql', form, target));
  },
};

export const FORM_TRANSPORTS: readonly Transport[] = [restForm, graphqlUpload, trpcForm];
