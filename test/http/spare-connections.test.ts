import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

test('a connection that asks nothing does not hold up a gateway that stops', async () => {
  const gateway = await startGateway({ DRAIN_MS: '600000' });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // By now it has been taken: connections are, in their order.
  await fetch(`${gateway.url}/healthz`);
  const closed = once(socket, 'close');
  await gateway[Symbol.asyncDispose]();
  await closed;
  expect(socket.bytesRead).toBe(0);
});
