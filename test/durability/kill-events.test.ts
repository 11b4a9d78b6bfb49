// Gateways that are killed while they write and deliver: every change has its event, no event is of a change that is not
// there, and every event reaches the address, whoever delivers it.
import { randomInt } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { type Load, startLoad } from '../support/durability/load.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS } from '../support/durability/rounds.ts';
import { openWebhookReceiver } from '../support/servers/webhook-receiver.ts';
import { send, type Target } from '../support/transports/change-transports.ts';

const SCOPES = 'resources:read resources:write resources:delete webhooks:manage';

type Event = { readonly id: string; readonly type: string; readonly subject: string | null; readonly cursor: string };

async function readLog(target: Target): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = '', hasMore = true; hasMore; ) {
    const { json } = await send('GET', `/v1/events?limit=200${after}`, target);
    events.push(...json.events);
    hasMore = json.has_more;
    after = `&after=${json.cursor}`;
  }
  return events;
}

/** Renames and deletes what the load has created, until it is told to stop or the gateway is gone. */
function startChanges(load: Load, target: Target) {
  let isStopped = false;
  const run = async () => {
    for (let at = 0; !isStopped; at += 1) {
      const { id } = load.acknowledged[at] ?? {};
      if (id === undefined) {
        at -= 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      } else if (at % 3 === 0) await send('DELETE', `/v1/resources/${id}`, target);
      else await send('PATCH', `/v1/resources/${id}`, { ...target, body: { tags: ['changed'] } });
    }
  };
  const running = run().catch(() => {});
  return {
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

test(`no event is lost, invented or left untold when gateways are killed ${ROUNDS} times`, {
  timeout: 120_000 + ROUNDS_TIMEOUT_MS,
}, async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  await using receiver = await openWebhookReceiver();
  const options = { ...deployment, env: { ...deployment.env, URI_ALLOW_HOSTS: '127.0.0.1' } };
  // So that a kill meets messages that are under way.
  receiver.answer((_message, response) => setTimeout(() => response.writeHead(204).end(), randomInt(30)));
  await using survivor = await spawnGateway(options);
  const token = await survivor.token('--scope', SCOPES);
  const { json: webhook } = await send('POST', '/v1/webhooks', {
    url: survivor.url,
    token,
    body: { url: receiver.url },
  });
  const acknowledged: string[] = [];
  for (let kill = 0; kill < ROUNDS; kill += 1) {
    await using gateway = await spawnGateway(options);
    const load = startLoad({ urls: [gateway.url], token, clients: 4, sizesBytes: [300, 9_000] });
    const changes = startChanges(load, { url: gateway.url, token });
    // At any moment of the work, of a delivery too.
    const killAfter = 30 + randomInt(100);
    await expect.poll(() => load.acknowledged.length, { interval: 5, timeout: 60_000 }).toBeGreaterThan(killAfter);
    expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
    await Promise.all([load.stop(), changes.stop()]);
    acknowledged.push(...load.acknowledged.map(({ id }) => id));
  }

  const events = await readLog({ url: survivor.url, token });
  const created = events.filter(({ type }) => type === 'resource.created').map(({ subject }) => subject);
  expect(new Set(created).size).toBe(created.length);
  expect(created).toEqual(expect.arrayContaining(acknowledged));
  const trashed = new Set(events.filter(({ type }) => type === 'resource.trashed').map(({ subject }) => subject));
  const there = await deployment.query<{ id: string }>('select id::text as id from resources');
  expect(created.filter((id) => !trashed.has(id)).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
  expect(trashed.size).toBeGreaterThan(0);

  // A killed gateway's claim ends by itself.
  const idsOf = () => new Set(receiver.messages.map(({ headers }) => headers['webhook-id']));
  await expect.poll(() => idsOf().size, { interval: 200, timeout: 120_000 }).toBe(events.length);
  expect([...idsOf()].toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  const verifier = new Webhook(webhook.secret);
  for (const { body, headers } of receiver.messages) {
    expect(verifier.verify(body, headers as never)).toMatchObject({ id: headers['webhook-id'] });
  }
});
