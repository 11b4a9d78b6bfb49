// A few files to look at, by the public API.
import type { Gateway } from '../gateway.ts';

export type Sample = {
  readonly name: string;
  readonly directory_path: string;
  readonly type: string;
  readonly bytes: Uint8Array | string;
  readonly tags?: readonly string[];
  readonly metadata?: object;
};

const MAX_BATCH = 100;

/** Creates them. @returns their ids, in order */
export async function fillLibrary(gateway: Gateway, samples: readonly Sample[]): Promise<string[]> {
  const ids: string[] = [];
  const authorization = `Bearer ${await gateway.token()}`;
  for (let from = 0; from < samples.length; from += MAX_BATCH) {
    const items = samples.slice(from, from + MAX_BATCH).map(({ type, bytes, ...rest }) => ({
      ...rest,
      content: `data:${type};base64,${Buffer.from(bytes).toString('base64')}`,
    }));
    const response = await fetch(`${gateway.url}/v1/resources/batch`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    });
    const body = (await response.json()) as { items: { resource?: { id: string }; error?: unknown }[] };
    for (const { resource, error } of body.items) {
      if (resource === undefined) throw new Error(JSON.stringify(error));
      ids.push(resource.id);
    }
  }
  return ids;
}
