import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRemoteFixture, readAll, toRefusal } from '../support/remote/remote-fixture.ts';
import { createOriginContent, type HttpOrigin, openHttpOrigin } from '../support/servers/http-origin.ts';

describe('a body that breaks midway', () => {
  let origin: HttpOrigin;
  beforeAll(async () => {
    origin = await openHttpOrigin();
  });
  afterAll(() => origin[Symbol.asyncDispose]());
  const openFixture = () =>
    openRemoteFixture({
      names: { 'files.test': ['127.0.0.1'] },
      allowHosts: [{ host: 'files.test', port: origin.port }],
    });
  const at = (path: string) => `http://files.test:${origin.port}${path}`;

  it.each([
    ['/cut', 2],
    ['/cut-by-date', 2],
    ['/cut-twice', 3],
  ])('is resumed at %s with every byte in its place, in %i requests', async (path, requests) => {
    await using fixture = openFixture();
    origin.requests.length = 0;
    expect((await readAll(await fixture.open(at(path)))).equals(createOriginContent())).toBe(true);
    expect(origin.requests.length).toBe(requests);
    expect(origin.requests[1]?.headers.range).toBe('bytes=100000-');
    expect(origin.requests[1]?.headers['if-range']).toBeTypeOf('string');
    expect(fixture.lookups.length).toBe(requests);
  });

  it('is resumed at most twice', async () => {
    await using fixture = openFixture();
    origin.requests.length = 0;
    expect(await toRefusal(fixture.open(at('/cut-always')))).toBe('remote_failed: the remote cut the connection');
    expect(origin.requests.length).toBe(3);
  });

  it('is not resumed without a strong validator', async () => {
    await using fixture = openFixture();
    origin.requests.length = 0;
    expect(await toRefusal(fixture.open(at('/cut-weak')))).toBe('remote_failed: the remote cut the connection');
    expect(origin.requests.length).toBe(1);
  });

  it.each([
    ['/cut-start-over', 'would not resume'],
    ['/cut-wrong-start', 'resumed with other bytes'],
    ['/cut-wrong-total', 'resumed with other bytes'],
    ['/cut-short-rest', 'resumed with other bytes'],
    ['/cut-other-version', 'resumed with other bytes'],
    ['/cut-no-range', 'resumed with other bytes'],
  ])('is refused at %s, where the rest is not the rest', async (path, reason) => {
    await using fixture = openFixture();
    expect(await toRefusal(fixture.open(at(path)))).toBe(`remote_failed: the remote cut the connection and ${reason}`);
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('is judged anew: a name that has moved inside since is not followed there', async () => {
    let hops = 0;
    await using fixture = openRemoteFixture({
      lookup: async () => {
        hops += 1;
        if (hops > 1) throw new Error('gone');
        return [{ address: '127.0.0.1', family: 4 }];
      },
      allowHosts: [{ host: 'files.test', port: origin.port }],
    });
    origin.requests.length = 0;
    expect(await toRefusal(fixture.open(at('/cut')))).toMatch(/no public address/);
    expect(origin.requests.length).toBe(1);
  });
});
