import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRemoteFixture, readAll, toRefusal } from '../support/remote/remote-fixture.ts';
import { type HttpOrigin, openHttpOrigin } from '../support/servers/http-origin.ts';

describe('the life of a fetch', () => {
  let origin: HttpOrigin;
  beforeAll(async () => {
    origin = await openHttpOrigin();
  });
  afterAll(() => origin[Symbol.asyncDispose]());
  const openFixture = (limits = {}) =>
    openRemoteFixture({
      limits,
      names: { 'files.test': ['127.0.0.1'] },
      allowHosts: [{ host: 'files.test', port: origin.port }],
    });
  const at = (path: string) => `http://files.test:${origin.port}${path}`;
  const noSockets = () => expect.poll(() => origin.sockets.size).toBe(0);

  it("ends while headers are awaited when the caller aborts, with the caller's reason", async () => {
    await using fixture = openFixture();
    const controller = new AbortController();
    const opening = fixture.open(at('/slow-headers'), { signal: controller.signal });
    const settled = opening.catch((error: unknown) => error);
    await expect.poll(() => origin.sockets.size).toBe(1);
    controller.abort(new Error('the caller left'));
    expect(await settled).toEqual(new Error('the caller left'));
    await noSockets();
  });

  it('ends while the body is read when the caller aborts', async () => {
    await using fixture = openFixture();
    const controller = new AbortController();
    const content = await fixture.open(at('/endless'), { signal: controller.signal });
    const reading = async () => {
      for await (const _ of content.bytes) controller.abort(new Error('the caller left'));
    };
    await expect(reading()).rejects.toThrow('the caller left');
    await noSockets();
  });

  it('ends when an opened body is never read and the caller aborts', async () => {
    await using fixture = openFixture();
    const controller = new AbortController();
    await fixture.open(at('/endless'), { signal: controller.signal });
    controller.abort();
    await noSockets();
  });

  it('ends when the reader leaves early, or before its first piece', async () => {
    await using fixture = openFixture({ maxConcurrent: 1 });
    for await (const _ of (await fixture.open(at('/endless'))).bytes) break;
    await noSockets();
    const iterator = (await fixture.open(at('/endless'))).bytes[Symbol.asyncIterator]();
    await iterator.return?.();
    await noSockets();
    expect(await toRefusal(fixture.open(at('/file')))).toMatch(/^let through/);
  });

  it('ends when the gateway closes', async () => {
    const fixture = openFixture();
    const refusal = toRefusal(fixture.open(at('/slow-headers')));
    await expect.poll(() => origin.sockets.size).toBe(1);
    await fixture.access.close();
    expect(await refusal).toBe('remote_failed: the gateway is stopping; try again');
    await noSockets();
  });

  it('survives a connection that is cut between opening and reading', async () => {
    await using fixture = openFixture();
    const content = await fixture.open(at('/stall'));
    for (const socket of origin.sockets) socket.resetAndDestroy();
    await noSockets();
    await expect(readAll(content)).rejects.toThrow('the remote cut the connection');
  });

  it('refuses an account its third fetch of two, and takes it when one ends in time', async () => {
    await using fixture = openFixture({ maxConcurrentPerAccount: 2, slotTimeoutMs: 100 });
    const running = await Promise.all([fixture.open(at('/endless')), fixture.open(at('/endless'))]);
    expect(await toRefusal(fixture.open(at('/file')))).toBe(
      'overloaded: too many remote fetches are running at once; try again in 5 seconds',
    );
    expect(await toRefusal(fixture.open(at('/file'), { accountId: 'other' }))).toMatch(/^let through/);
    const waiting = toRefusal(fixture.open(at('/file')));
    await running[0]?.bytes[Symbol.asyncIterator]().return?.();
    expect(await waiting).toMatch(/^let through/);
    await running[1]?.bytes[Symbol.asyncIterator]().return?.();
  });

  it("refuses a fetch over the process's limit, whoever asks", async () => {
    await using fixture = openFixture({ maxConcurrent: 1, slotTimeoutMs: 20 });
    const running = await fixture.open(at('/endless'));
    expect(await toRefusal(fixture.open(at('/file'), { accountId: 'other' }))).toMatch(/too many remote fetches/);
    await running.bytes[Symbol.asyncIterator]().return?.();
  });

  it('refuses a body that trickles, however steadily, and gives its slot to who waits', async () => {
    await using fixture = openFixture({ maxConcurrent: 1, idleTimeoutMs: 100, minBytesPerSecond: 1_000_000 });
    const trickling = toRefusal(fixture.open(at('/trickle')));
    const waiting = toRefusal(fixture.open(at('/file'), { accountId: 'other' }));
    expect(await trickling).toBe('remote_failed: the remote sends slower than 1000000 bytes a second');
    expect(await waiting).toMatch(/^let through/);
    await noSockets();
  });

  it('gives back every slot after failures of every kind', async () => {
    await using fixture = openFixture({ maxConcurrent: 1, slotTimeoutMs: 20, headerTimeoutMs: 50 });
    for (const path of ['/status/404', '/slow-headers', '/short', '/gzip', '/redirect?to=http://10.0.0.1/']) {
      expect(await toRefusal(fixture.open(at(path)))).toMatch(/^remote_failed/);
    }
    expect(await toRefusal(fixture.open(at('/file')))).toMatch(/^let through/);
  });
});
