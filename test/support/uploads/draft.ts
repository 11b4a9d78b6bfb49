// A client of the IETF's resumable uploads that hears everything: interim answers too.
import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

type Headers = { readonly [name: string]: string };
export type DraftAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly json: { [key: string]: unknown };
  /** The interim answers before it. */
  readonly interim: readonly { readonly status: number; readonly headers: IncomingHttpHeaders }[];
};

export type Sending = {
  write(bytes: Uint8Array): Promise<void>;
  cut(): void;
  /** Null when the connection ended without an answer. */
  readonly answer: Promise<DraftAnswer | null>;
  /** Those that have come by now. */
  readonly interim: DraftAnswer['interim'];
};

export type DraftClient = ReturnType<typeof createDraftClient>;

export const PARTIAL = { 'content-type': 'application/partial-upload' };

export function createDraftClient(gatewayUrl: string, token: string | null) {
  const open = (method: string, path: string, headers: Headers): ClientRequest =>
    request(new URL(path, gatewayUrl), {
      method,
      agent: false,
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
    });
  /** Sends the head, and what the caller writes. */
  const begin = (method: string, path: string, headers: Headers): Sending => {
    const sending = open(method, path, headers);
    sending.flushHeaders();
    const { answer, interim } = listen(sending);
    return {
      async write(bytes) {
        if (!sending.write(bytes)) await Promise.race([once(sending, 'drain'), answer]);
      },
      cut: () => void sending.destroy(),
      answer,
      interim,
    };
  };
  const send = async (line: string, headers: Headers, body?: Uint8Array): Promise<DraftAnswer> => {
    const [method = '', path = ''] = line.split(' ');
    const sending = open(
      method,
      path,
      body === undefined ? headers : { ...headers, 'content-length': `${body.length}` },
    );
    const { answer } = listen(sending);
    sending.end(body);
    const heard = await answer;
    if (heard === null) throw new Error('the connection ended without an answer');
    return heard;
  };
  return {
    begin,
    send,
    create: (headers: Headers, body?: Uint8Array, query = '') => send(`POST /v1/uploads${query}`, headers, body),
    patch: (path: string, offset: number, { body, ...headers }: { body: Uint8Array } & { [name: string]: unknown }) =>
      send(`PATCH ${path}`, { ...PARTIAL, 'upload-offset': `${offset}`, ...(headers as Headers) }, body),
    head: (path: string) => send(`HEAD ${path}`, {}),
  };
}

function listen(sending: ClientRequest) {
  const interim: { status: number; headers: IncomingHttpHeaders }[] = [];
  sending.on('information', ({ statusCode, headers }) => interim.push({ status: statusCode, headers }));
  const answer = new Promise<DraftAnswer | null>((resolve) => {
    sending.on('response', async (response: IncomingMessage) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      const text = Buffer.concat(pieces).toString();
      const json = text === '' ? {} : JSON.parse(text);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, json, interim });
    });
    sending.on('error', () => resolve(null));
    sending.on('close', () => resolve(null));
  });
  return { answer, interim };
}
