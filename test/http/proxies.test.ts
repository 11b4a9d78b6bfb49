import { describe, expect, test } from 'vitest';
import { createOriginOf } from '../../src/http/origin.ts';
import type { RequestEvent } from '../../src/http/request-events.ts';
import { createServer } from '../../src/http/server.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

const FORWARDED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'files.example.org',
};

/** What a gateway makes of a request that came through a proxy. */
async function ask(trustProxy: number | readonly string[] | null, publicUrl: string | null = null) {
  const events: RequestEvent[] = [];
  const { logger } = createTelemetry({ logLevel: 'silent' });
  const server = createServer({
    logger,
    trustProxy,
    onRequestStarted: () => {},
    onRequestDone: (event) => events.push(event),
  });
  const originOf = createOriginOf(publicUrl);
  server.get('/', async (request) => originOf(request));
  try {
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const origin = await (await fetch(url, { headers: FORWARDED })).text();
    await expect.poll(() => events.length).toBe(1);
    return { origin, url, clientAddress: events[0]?.clientAddress };
  } finally {
    await server.close();
  }
}

describe('what a proxy forwards', () => {
  test('is ignored unless the proxy is trusted', async () => {
    const { origin, url, clientAddress } = await ask(null);
    expect(origin).toBe(url);
    expect(clientAddress).toBe('127.0.0.1');
  });

  test('is ignored when another proxy is trusted', async () => {
    const { origin, url, clientAddress } = await ask(['10.0.0.0/8']);
    expect(origin).toBe(url);
    expect(clientAddress).toBe('127.0.0.1');
  });

  test.each([
    [1, '198.51.100.9'],
    [2, '203.0.113.7'],
    [['loopback'], '198.51.100.9'],
    [['127.0.0.1', '198.51.100.0/24'], '203.0.113.7'],
  ])('is believed as far as %j are trusted', async (trusted, address) => {
    const { origin, clientAddress } = await ask(trusted);
    expect(origin).toBe('https://files.example.org');
    expect(clientAddress).toBe(address);
  });

  test('does not outdo the configured address', async () => {
    expect((await ask(1, 'https://gateway.example')).origin).toBe('https://gateway.example');
  });
});
