// One file on its way to the gateway.
import { type Gateway, RestError } from '../api/gateway.ts';

export type SendOptions = {
  readonly directoryPath: string;
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
};

/** Resolves when the resource stands. */
export type Send = (file: File, options: SendOptions) => Promise<void>;

const REPEATED = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  return error instanceof RestError && REPEATED.has(error.status);
}

/** A form in one request. Each file has one idempotency key, so that a repeat is the same upload. */
export function createSend({ url, token }: Gateway): Send {
  const keys = new WeakMap<File, string>();
  return (file, { directoryPath, signal, onProgress }) => {
    const key = keys.get(file) ?? crypto.randomUUID();
    keys.set(file, key);
    const form = new FormData();
    form.set('directory_path', directoryPath);
    form.set('name', file.name);
    form.set('file', file);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const fail = (status: number, sentence: string) => reject(new RestError(status, sentence));
      request.open('POST', `${url}/v1/resources`);
      request.setRequestHeader('authorization', `Bearer ${token}`);
      request.setRequestHeader('idempotency-key', key);
      request.upload.onprogress = ({ loaded }) => onProgress(Math.max(0, Math.min(file.size - 1, loaded)));
      request.onload = () => {
        if (request.status < 300) return resolve();
        fail(request.status, readSentence(request.responseText) ?? `The gateway answered ${request.status}`);
      };
      request.onerror = () => fail(0, 'The gateway cannot be reached');
      request.onabort = () => reject(signal.reason);
      signal.addEventListener('abort', () => request.abort());
      request.send(form);
    });
  };
}

function readSentence(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : null;
  } catch {
    return null;
  }
}
