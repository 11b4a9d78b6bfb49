// Resources to be read: stored through the server itself, so that each server has them where it would have them.
import { openConnection } from './connection.ts';
import { createRequest } from './creates.ts';
import { REST } from './transports.ts';

export type StoreOptions = {
  readonly url: URL;
  readonly token: string;
  readonly count: number;
  readonly sizeBytes: number;
  readonly directory?: string;
};

const AT_ONCE = 8;

/** Stores `count` new contents in one directory. @returns the ids @throws when one is refused */
export async function storeResources({ url, count, ...create }: StoreOptions): Promise<readonly string[]> {
  const ids: string[] = [];
  let begun = 0;
  async function keepStoring(): Promise<void> {
    using client = await openConnection(url);
    while (begun < count) {
      begun += 1;
      const { status, body } = await client.ask(createRequest({ transport: REST, ...create }));
      if (status !== 200) throw new Error(`a create answered ${status}: ${body.slice(0, 500)}`);
      ids.push(JSON.parse(body).id);
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, keepStoring));
  return ids;
}
