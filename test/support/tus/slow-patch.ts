// A PATCH whose body comes as slowly as a test likes, and may never end.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export type SlowPatch = {
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  /** Cuts the connection. */
  cut(): void;
  /** The status of the answer; null when the connection was closed without one. */
  readonly answer: Promise<number | null>;
};

export type SlowPatchOptions = {
  readonly token: string;
  readonly offset: number;
  /** What is announced; absent: the body comes in chunks. */
  readonly length?: number;
  readonly headers?: { readonly [name: string]: string };
};

/** Sends the head; the caller writes the body. */
export function startPatch(url: string, { token, offset, length, headers }: SlowPatchOptions): SlowPatch {
  const sending: ClientRequest = request(url, {
    method: 'PATCH',
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      ...(length !== undefined && { 'content-length': length }),
      ...headers,
    },
  });
  sending.flushHeaders();
  const answer = new Promise<number | null>((resolve) => {
    sending.on('response', (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    sending.on('error', () => resolve(null));
    sending.on('close', () => resolve(null));
  });
  return {
    async write(bytes) {
      if (!sending.write(bytes)) await Promise.race([once(sending, 'drain'), answer]);
    },
    end: () => void sending.end(),
    cut: () => void sending.destroy(),
    answer,
  };
}
