// What the tests of downloads share: files put into a gateway, and plain requests for them.
import { randomBytes } from 'node:crypto';
import { request as openRequest } from 'node:http';
import type { Gateway } from '../gateway.ts';

export type File = { readonly id: string; readonly sha256: string; readonly bytes: Buffer };

type FileOptions = { readonly name?: string; readonly mimeType?: string; readonly account?: string };

let files = 0;

/** Stores `bytes` under a name of its own. */
export async function putFile(
  gateway: Pick<Gateway, 'url' | 'token'>,
  bytes: Buffer,
  options: FileOptions = {},
): Promise<File> {
  files += 1;
  const { name = 'file.bin', mimeType = 'application/x-test', account = 'acme' } = options;
  const content = `data:${mimeType};base64,${bytes.toString('base64')}`;
  const response = await fetch(`${gateway.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await gateway.token({ account })}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, directory_path: `/${files}`, content }),
  });
  const json = (await response.json()) as { id: string; sha256: string; error?: string };
  if (!response.ok) throw new Error(json.error);
  return { id: json.id, sha256: json.sha256, bytes };
}

/** Content beyond what lives in the database by default. */
export const largeBytes = () => randomBytes(3 * 1024 * 1024 + 1);

export type Answer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
};

/** One request as it is written here: nothing is added, followed or decoded. Rejects when the body is cut short. */
export async function send(
  url: string,
  options: { readonly method?: string; readonly headers?: { readonly [name: string]: string } } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = openRequest(url, { method: options.method ?? 'GET', headers: options.headers, agent: false });
  request.on('error', reject).on('response', async (response) => {
    const pieces: Buffer[] = [];
    response.on('error', reject).on('data', (piece) => pieces.push(piece));
    response.on('end', () => {
      const headers = response.headers as { [name: string]: string | undefined };
      resolve({ status: response.statusCode as number, headers, body: Buffer.concat(pieces) });
    });
  });
  request.end();
  return await promise;
}
