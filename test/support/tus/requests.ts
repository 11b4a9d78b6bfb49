// Requests of tus as a client of our own sends them: for what no library would send.
import type { Gateway, TokenClaims } from '../gateway.ts';

type Body = Uint8Array | ReadableStream | undefined;
type Options = { readonly headers?: { readonly [name: string]: string }; readonly body?: Body };

export type TusAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly offset: string | null;
  readonly resourceId: string | null;
  /** `X-Error-Code`. */
  readonly code: string | null;
};

export type Tus = {
  readonly token: string;
  request(method: string, url: string, options?: Options): Promise<TusAnswer>;
  /** Gives the address of the new upload. */
  create(headers: { readonly [name: string]: string }): Promise<string>;
  patch(url: string, ...piece: [offset: number, body: Body, headers?: Options['headers']]): Promise<TusAnswer>;
  head(url: string): Promise<TusAnswer>;
  /** By REST. */
  get(path: string): Promise<Response>;
  createResource(
    input: object,
  ): Promise<{ readonly status: number; readonly json: { readonly [key: string]: unknown } }>;
};

/** `Upload-Metadata`, as the protocol writes it. */
export function toMetadata(values: { readonly [key: string]: string }): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join();
}

/** For one token at one gateway. */
export async function openTus(gateway: Pick<Gateway, 'url' | 'token'>, claims?: TokenClaims): Promise<Tus> {
  const token = await gateway.token(claims);
  return createTus(gateway.url, token);
}

export function createTus(origin: string, token: string): Tus {
  const authorization = `Bearer ${token}`;
  const request = async (method: string, url: string, { headers = {}, body }: Options = {}): Promise<TusAnswer> => {
    const response = await fetch(new URL(url, origin), {
      method,
      headers: { authorization, 'tus-resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body: body as BodyInit, duplex: 'half' }),
    } as RequestInit);
    await response.arrayBuffer();
    return {
      status: response.status,
      headers: response.headers,
      offset: response.headers.get('upload-offset'),
      resourceId: response.headers.get('resource-id'),
      code: response.headers.get('x-error-code'),
    };
  };
  return {
    token,
    request,
    async create(headers) {
      const answer = await request('POST', '/v1/tus', { headers });
      const url = answer.headers.get('location');
      if (answer.status !== 201 || url === null) throw new Error(`no upload: ${answer.status} ${answer.code}`);
      return url;
    },
    patch: (url, ...[offset, body, headers]) =>
      request('PATCH', url, {
        headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...headers },
        body,
      }),
    head: (url) => request('HEAD', url),
    get: (path) => fetch(new URL(path, origin), { headers: { authorization } }),
    async createResource(input) {
      const response = await fetch(new URL('/v1/resources', origin), {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      return { status: response.status, json: await response.json() };
    },
  };
}
