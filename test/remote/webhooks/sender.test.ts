import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWebhookFixture, type WebhookFixtureOptions } from '../../support/remote/webhook-fixture.ts';
import { openHttpOrigin } from '../../support/servers/http-origin.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../../support/servers/webhook-receiver.ts';

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await openWebhookReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

const open = (options: Partial<WebhookFixtureOptions> = {}) =>
  openWebhookFixture({
    allowHosts: [{ host: 'hook.test', port: receiver.port }],
    names: { 'hook.test': ['127.0.0.1'] },
    ...options,
  });
const at = (path: string) => `http://hook.test:${receiver.port}${path}`;

describe('a message to a webhook', () => {
  it('is posted as it is, and 2xx is a delivery', async () => {
    await using fixture = open();
    for (const status of [200, 201, 204, 299]) {
      receiver.answer((_message, response) => response.writeHead(status).end());
      const answer = await fixture.send(at('/a?b=c'), { body: '{"ü":1}' });
      expect(answer).toMatchObject({ status, error: null, response: null, retryAfterMs: null });
      expect(answer.durationMs).toBeGreaterThanOrEqual(0);
    }
    const [message] = receiver.messages;
    expect(message).toMatchObject({ method: 'POST', path: '/a?b=c', body: '{"ü":1}' });
    expect(message?.headers).toMatchObject({
      'content-length': '8',
      host: `hook.test:${receiver.port}`,
      'user-agent': 'resource-gateway',
    });
  });

  it('is refused with anything else, and the beginning of the answer is kept', async () => {
    await using fixture = open();
    for (const status of [400, 404, 410, 429, 500, 503]) {
      receiver.answer((_message, response) => response.writeHead(status).end(`no\0${'x'.repeat(100_000)}`));
      const answer = await fixture.send(at('/'));
      expect(answer).toMatchObject({ status, error: `the address answered ${status}` });
      expect(answer.response).toBe(`no\ufffd${'x'.repeat(1_021)}`);
    }
  });

  it('is not taken where a redirect leads', async () => {
    await using fixture = open();
    await using elsewhere = await openWebhookReceiver();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer((_message, response) => response.writeHead(status, { location: elsewhere.url }).end());
      const answer = await fixture.send(at('/'));
      expect(answer).toMatchObject({ status, error: `the address answered ${status}; redirects are not followed` });
    }
    expect(elsewhere.messages).toEqual([]);
  });

  it('comes with the pause that the address asks for, in seconds or by a date, at most a day', async () => {
    await using fixture = open();
    const ask = async (value: string) => {
      receiver.answer((_message, response) => response.writeHead(429, { 'retry-after': value }).end());
      return (await fixture.send(at('/'))).retryAfterMs;
    };
    expect(await ask('120')).toBe(120_000);
    expect(await ask('999999999')).toBe(86_400_000);
    const inAnHour = await ask(new Date(Date.now() + 3_600_000).toUTCString());
    expect(inAnHour).toBeGreaterThan(3_500_000);
    expect(inAnHour).toBeLessThanOrEqual(3_600_000);
    expect(await ask(new Date(0).toUTCString())).toBe(0);
    expect(await ask('soon')).toBeNull();
  });

  it('fails when the address says nothing in time, whatever it sends meanwhile', async () => {
    await using fixture = open({ limits: { totalTimeoutMs: 100 } });
    receiver.answer(() => {});
    expect(await fixture.send(at('/'))).toMatchObject({ status: null, error: 'the address did not answer in time' });
    receiver.answer((_message, response) => response.writeHead(200).write('x'));
    // The status has come, and it is what counts.
    expect(await fixture.send(at('/'))).toMatchObject({ status: 200, error: null, response: 'x' });
  });

  it.each([
    ['/silent-close', /./],
    ['/not-http', /./],
    ['/huge-headers', /./],
    ['/endless', null],
    ['/trickle', null],
    ['/gzip', null],
  ])('comes to an end at an address that misbehaves as %s does', async (path, expected) => {
    await using origin = await openHttpOrigin();
    await using fixture = openWebhookFixture({
      allowHosts: [{ host: 'hook.test', port: origin.port }],
      names: { 'hook.test': ['127.0.0.1'] },
      limits: { totalTimeoutMs: 5_000, maxResponseBytes: 16 },
    });
    const answer = await fixture.send(`http://hook.test:${origin.port}${path}`);
    if (expected === null) expect(answer.error).toBeNull();
    else expect(answer.error).toMatch(expected);
    expect(Buffer.byteLength(answer.response ?? '')).toBeLessThanOrEqual(3 * 16);
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('says that nobody listens', async () => {
    const { port } = receiver;
    await receiver[Symbol.asyncDispose]();
    await using fixture = openWebhookFixture({ allowHosts: [{ host: '127.0.0.1', port }] });
    const answer = await fixture.send(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ status: null, response: null });
    expect(answer.error).not.toBeNull();
    expect(answer.error).not.toMatch(/remote|uri|ECONNREFUSED/);
  });

  it('takes its turn within its account, and rejects only with the reason of who gives up', async () => {
    await using fixture = open({ limits: { maxConcurrentPerAccount: 1, maxConcurrent: 2 } });
    receiver.answer(() => {});
    const [first, second] = [new AbortController(), new AbortController()];
    const sending = [first, second].map(({ signal }) => fixture.send(at('/'), { signal }).catch((error) => error));
    await expect.poll(() => receiver.messages.length).toBe(1);
    expect(fixture.sender.slots()).toMatchObject({ inUse: 1, waiting: 1 });
    receiver.answer();
    expect(await fixture.send(at('/'), { accountId: 'other' })).toMatchObject({ status: 204 });
    for (const controller of [second, first]) controller.abort(new Error('the caller left'));
    expect(await Promise.all(sending)).toEqual([new Error('the caller left'), new Error('the caller left')]);
    expect(fixture.sender.slots()).toMatchObject({ inUse: 0, waiting: 0 });
  });
});
