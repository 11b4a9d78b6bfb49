// The clients that people use, behind a proxy that breaks their connections.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openRelay } from '../support/servers/relay.ts';
import { send, type Target } from '../support/transports/change-transports.ts';
import { EVENT_TRANSPORTS, type EventTransport, type ReadEvent } from '../support/transports/event-transports.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const CUTS = 3;
const EVENTS_BETWEEN = 5;

async function openAccount() {
  const account = randomUUID();
  const direct: Target = { url: gateway.url, token: await gateway.token({ account }) };
  const { cursor } = (await send('GET', '/v1/events?after=latest', direct)).json;
  return {
    direct,
    cursor: cursor as string,
    async create(): Promise<string> {
      const body = { name: randomUUID(), directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
      return (await send('POST', '/v1/resources', { ...direct, body })).json.id;
    },
  };
}

type Reading = { readonly after: string; readonly target: Target; readonly count: number; readonly told: ReadEvent[] };

/**
 * eventsource and @trpc/client go on by themselves, each with the cursor that it was told last. GraphQL's protocol has none:
 * whoever is cut off begins anew.
 */
async function read({ watch }: EventTransport, { after, target, count, told }: Reading): Promise<void> {
  while (told.length < count) {
    const reader = watch({ after: told.at(-1)?.cursor ?? after }, target);
    let taken = 0;
    try {
      while (told.length < count) {
        const events = await reader.until(taken + 1);
        told.push(...events.slice(taken));
        taken = events.length;
      }
    } catch {
      // Cut off.
    } finally {
      reader.close();
    }
  }
}

describe.each(EVENT_TRANSPORTS)('$name', (transport) => {
  test('is told everything once and in order through connections that break', async () => {
    await using relay = await openRelay(gateway.url);
    const { direct, cursor, create } = await openAccount();
    const target = { ...direct, url: relay.endpoint };
    const count = (CUTS + 1) * EVENTS_BETWEEN + CUTS;
    const told: ReadEvent[] = [];
    const reading = read(transport, { after: cursor, target, count, told });
    const ids: string[] = [];
    for (let cut = 0; cut <= CUTS; cut += 1) {
      for (let written = 0; written < EVENTS_BETWEEN; written += 1) ids.push(await create());
      if (cut === CUTS) break;
      // So that each cut meets a reader that has been told something.
      await vi.waitFor(() => expect(told.length).toBeGreaterThan(cut * EVENTS_BETWEEN), { timeout: 30_000 });
      relay.setMode('cut');
      ids.push(await create());
      relay.setMode('pass');
    }
    await reading;
    expect(told.map(({ subject }) => subject)).toEqual(ids);
  });
});
