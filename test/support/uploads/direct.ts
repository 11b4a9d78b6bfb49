// A client of direct uploads: it asks the gateway for addresses, and sends the parts to the store.
import { type IncomingMessage, request } from 'node:http';

export type Fields = { [key: string]: unknown };
export type Signed = { number: number; url: string; headers: { [name: string]: string }; expires_at: string };

export type DirectClient = ReturnType<typeof createDirectClient>;

export function createDirectClient(gatewayUrl: string, token: string) {
  const send = async (method: string, path: string, body?: Fields) => {
    const response = await fetch(`${gatewayUrl}/v1/uploads${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Fields & { id: string; error: string } };
  };
  return {
    token,
    send,
    async begin(input: Fields) {
      const { status, json } = await send('POST', '', { method: 'direct', ...input });
      if (status !== 200) throw new Error(json.error);
      return json as unknown as Fields & { id: string; part_size_bytes: number; size_bytes: number };
    },
    async sign(id: string, numbers: readonly number[]): Promise<Signed[]> {
      const { status, json } = await send('POST', `/${id}/parts`, { numbers });
      if (status !== 200) throw new Error(json.error);
      return json.parts as Signed[];
    },
    received: async (id: string) => (await send('GET', `/${id}/parts`)).json.parts as Fields[],
    complete: (id: string) => send('POST', `/${id}/complete`),
  };
}

/** Which bytes of a content are its part with this number. */
export function partOf(bytes: Uint8Array, number: number, { part_size_bytes: size }: { part_size_bytes: number }) {
  return bytes.subarray((number - 1) * size, number * size);
}

/** Sends a part as a plain client does, and gives the status of the answer. */
export function putPart({ url, headers }: Pick<Signed, 'url' | 'headers'>, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'PUT', headers: { ...headers, 'content-length': bytes.byteLength } });
    sending.on('error', reject);
    sending.on('response', (response: IncomingMessage) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sending.end(bytes);
  });
}
