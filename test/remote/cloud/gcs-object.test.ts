import { describe, expect, it } from 'vitest';
import { openRemoteFixture, readAll, toRefusal } from '../../support/remote/remote-fixture.ts';
import { openGcsServer } from '../../support/servers/gcs-server.ts';
import { openHttpOrigin } from '../../support/servers/http-origin.ts';

const sourceBuckets = [{ kind: 'gcs', bucket: 'raw' }] as const;

describe('gs://', () => {
  it('reads an object through the JSON API, at a private emulator, without credentials', async () => {
    await using server = await openGcsServer({ 'raw/dir/ä #1.json': ['{"a":1}', '{"a":2}'] });
    for (const gcsEmulatorHost of [server.host, `http://${server.host}/`]) {
      await using fixture = openRemoteFixture({ gcsEmulatorHost, sourceBuckets });
      const content = await fixture.open('gs://raw/dir/%C3%A4 %231.json');
      expect(content).toMatchObject({
        declaredMimeType: 'application/json',
        originalUri: 'gs://raw/dir/%C3%A4 %231.json',
        externalStorageType: 'gcs',
        externalId: 'raw/dir/ä #1.json#2',
      });
      expect(String(await readAll(content))).toBe('{"a":2}');
    }
    expect(server.paths[0]).toBe('/storage/v1/b/raw/o/dir%2F%C3%A4%20%231.json?alt=media');
    expect(server.authorizations).toEqual([undefined, undefined]);
  });

  it('reads the generation that is asked for', async () => {
    await using server = await openGcsServer({ 'raw/a': ['old', 'new'] });
    await using fixture = openRemoteFixture({ gcsEmulatorHost: server.host, sourceBuckets });
    const content = await fixture.open('gs://raw/a#1');
    expect([content.externalId, content.originalUri]).toEqual(['raw/a#1', 'gs://raw/a#1']);
    expect(String(await readAll(content))).toBe('old');
  });

  it('refuses what is not there and a bucket that is not named', async () => {
    await using server = await openGcsServer({ 'other/a': ['secret'] });
    await using fixture = openRemoteFixture({ gcsEmulatorHost: server.host, sourceBuckets });
    expect(await toRefusal(fixture.open('gs://raw/a'))).toBe('remote_failed: the remote answered 404');
    expect(await toRefusal(fixture.open('gs://other/a'))).toMatch(/^forbidden/);
  });

  it('follows no redirect, and does not open its emulator to plain addresses', async () => {
    await using origin = await openHttpOrigin();
    await using fixture = openRemoteFixture({
      gcsEmulatorHost: `http://127.0.0.1:${origin.port}/status/302?`,
      sourceBuckets,
    });
    expect(await toRefusal(fixture.open('gs://raw/a'))).toMatch(/^remote_failed/);
    expect(await toRefusal(fixture.open(`http://127.0.0.1:${origin.port}/file`))).toMatch(/^invalid_input/);
  });
});
