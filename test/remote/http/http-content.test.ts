import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRemoteFixture, readAll, toRefusal } from '../../support/remote/remote-fixture.ts';
import { createOriginContent, type HttpOrigin, openHttpOrigin } from '../../support/servers/http-origin.ts';
import { TEST_CERTIFICATE } from '../../support/servers/test-certificate.ts';

describe('http content', () => {
  let origin: HttpOrigin;
  let secure: HttpOrigin;
  const trusted = getCACertificates('default');
  beforeAll(async () => {
    origin = await openHttpOrigin();
    secure = await openHttpOrigin({ tls: true });
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await origin[Symbol.asyncDispose]();
    await secure[Symbol.asyncDispose]();
  });
  const openFixture = (limits = {}) =>
    openRemoteFixture({
      limits,
      names: { 'files.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] },
      allowHosts: [
        { host: 'files.test', port: origin.port },
        { host: 'files.test', port: secure.port },
        { host: 'other.test', port: secure.port },
      ],
    });
  const at = (path: string) => `http://files.test:${origin.port}${path}`;

  it('gives the bytes, the type with its parameters and the address without secrets', async () => {
    await using fixture = openFixture();
    const content = await fixture.open(at('/file?a=1&token=secret&x-amz-Signature=b#part'));
    expect(content.declaredMimeType).toBe('text/plain; charset=utf-8');
    expect(content.originalUri).toBe(at('/file?a=1'));
    expect([content.externalId, content.externalStorageType]).toEqual([null, null]);
    expect((await readAll(content)).equals(createOriginContent())).toBe(true);
  });

  it('connects to the resolved address under the name of the URI, asking for identity and sending nothing of ours', async () => {
    await using fixture = openFixture();
    origin.requests.length = 0;
    await readAll(await fixture.open(at('/file')));
    expect(fixture.lookups).toEqual(['files.test']);
    expect(origin.requests[0]?.headers).toEqual({
      host: `files.test:${origin.port}`,
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'resource-gateway',
      connection: 'close',
    });
  });

  it('tries the next judged address when one does not answer, and says so when none does', async () => {
    const { port } = origin;
    const gone = await openHttpOrigin();
    await gone[Symbol.asyncDispose]();
    await using fixture = openRemoteFixture({
      names: { 'two.test': ['127.0.0.2', '127.0.0.1'] },
      allowHosts: [port, gone.port].map((allowed) => ({ host: 'two.test', port: allowed })),
    });
    expect(await toRefusal(fixture.open(`http://two.test:${port}/file`))).toMatch(/^let through/);
    expect(await toRefusal(fixture.open(`http://two.test:${gone.port}/file`))).toBe(
      'remote_failed: the remote refused the connection',
    );
  });

  it('declares no type when the remote gives none or none that is one', async () => {
    await using fixture = openFixture();
    for (const path of ['/untyped', '/odd-type']) {
      const content = await fixture.open(at(path));
      expect(content.declaredMimeType).toBeNull();
      await readAll(content);
    }
  });

  it('follows three redirects and carries no cookie and no header along', async () => {
    await using fixture = openFixture();
    origin.requests.length = 0;
    expect((await readAll(await fixture.open(at('/chain?left=3')))).length).toBe(createOriginContent().length);
    expect(fixture.lookups.length).toBe(4);
    await readAll(await fixture.open(at('/redirect?to=/file')));
    for (const { headers } of origin.requests)
      expect([headers.cookie, headers.referer]).toEqual([undefined, undefined]);
  });

  it.each([
    ['/chain?left=4', 'remote_failed: the remote redirected more than 3 times'],
    ['/loop', 'remote_failed: the remote redirected more than 3 times'],
    ['/no-location', 'remote_failed: the remote answered 302'],
    ['/redirect?to=ftp://files.test/a', 'remote_failed: the remote redirected to an address that may not be fetched'],
    ['/redirect?to=file:///etc/passwd', 'remote_failed: the remote redirected to an address that may not be fetched'],
    ['/redirect?to=//u:p@files.test/', 'remote_failed: the remote redirected to an address that may not be fetched'],
    [
      '/redirect?to=http://files.test:22/',
      'remote_failed: the remote redirected to an address that may not be fetched',
    ],
    ['/redirect?to=s3://in/key', 'remote_failed: the remote redirected to an address that may not be fetched'],
    ['/status/404', 'remote_failed: the remote answered 404'],
    ['/status/500', 'remote_failed: the remote answered 500'],
    ['/status/204', 'remote_failed: the remote answered 204'],
    ['/status/304', 'remote_failed: the remote answered 304'],
    ['/slow-headers', 'remote_failed: the remote did not answer in time'],
    ['/dripping-headers', 'remote_failed: the remote did not answer in time'],
    ['/huge-headers', 'remote_failed: the remote sent headers that are too large'],
    ['/endless', 'content_too_large: content is larger than the 1000000 bytes that may be stored; send less'],
    ['/too-large', 'content_too_large: content is larger than the 1000000 bytes that may be stored; send less'],
    ['/stall', 'remote_failed: the remote stopped sending'],
    ['/short', 'remote_failed: the remote cut the connection'],
    ['/cut-chunked', 'remote_failed: the remote cut the connection'],
    ['/two-lengths', 'remote_failed: the remote sent an answer that is not valid HTTP'],
    ['/gzip', 'remote_failed: the remote sent a content-encoding although none was accepted'],
    ['/gzip-transfer', 'remote_failed: the remote sent a transfer-encoding that is not accepted'],
    ['/not-http', 'remote_failed: the remote sent an answer that is not valid HTTP'],
    ['/upgrade', 'remote_failed: the remote answered 101'],
    ['/silent-close', 'remote_failed: the remote cut the connection'],
  ])('refuses %s and closes the connection', async (path, refusal) => {
    await using fixture = openFixture({ maxBytes: 1_000_000, headerTimeoutMs: 300, idleTimeoutMs: 300 });
    expect(await toRefusal(fixture.open(at(path)))).toBe(refusal);
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('reads no byte past the announced length', async () => {
    await using fixture = openFixture();
    expect(await toRefusal(fixture.open(at('/long')))).toMatch(
      /^(let through 4 bytes|remote_failed: .*not valid HTTP)$/,
    );
  });

  it('takes content of exactly the cap and refuses it one byte over', async () => {
    const sizeBytes = createOriginContent().length;
    await using exact = openFixture({ maxBytes: sizeBytes });
    expect(await toRefusal(exact.open(at('/untyped')))).toBe(`let through ${sizeBytes} bytes`);
    await using less = openFixture({ maxBytes: sizeBytes - 1 });
    expect(await toRefusal(less.open(at('/untyped')))).toMatch(/^content_too_large/);
  });

  it('ends a fetch that takes longer than the total time, however busy it is', async () => {
    await using fixture = openFixture({ totalTimeoutMs: 200 });
    expect(await toRefusal(fixture.open(at('/endless')))).toBe('remote_failed: the remote took longer than 1 seconds');
  });

  it('does not count a slow reader of ours as an idle remote', async () => {
    await using fixture = openFixture({ idleTimeoutMs: 50 });
    const content = await fixture.open(at('/file'));
    let sizeBytes = 0;
    for await (const piece of content.bytes) {
      if (sizeBytes === 0) await new Promise((resolve) => setTimeout(resolve, 150));
      sizeBytes += piece.length;
    }
    expect(sizeBytes).toBe(createOriginContent().length);
  });

  it('refuses a certificate that nobody vouches for, then takes it when trusted, for its own names only', async () => {
    await using fixture = openFixture();
    const refused = 'remote_failed: the TLS certificate or handshake of the remote was not accepted';
    expect(await toRefusal(fixture.open(`https://files.test:${secure.port}/file`))).toBe(refused);
    setDefaultCACertificates([...trusted, TEST_CERTIFICATE]);
    expect(await toRefusal(fixture.open(`https://files.test:${secure.port}/file`))).toMatch(/^let through/);
    expect(await toRefusal(fixture.open(`https://other.test:${secure.port}/file`))).toBe(refused);
  });

  it('never follows https down to http', async () => {
    await using fixture = openFixture();
    setDefaultCACertificates([...trusted, TEST_CERTIFICATE]);
    const uri = `https://files.test:${secure.port}/redirect?to=${encodeURIComponent(at('/file'))}`;
    expect(await toRefusal(fixture.open(uri))).toBe(
      'remote_failed: the remote redirected from https to http; that is not followed',
    );
  });
});
