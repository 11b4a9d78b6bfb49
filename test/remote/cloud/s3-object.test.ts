import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { openRemoteFixture, readAll, toRefusal } from '../../support/remote/remote-fixture.ts';
import { createOriginContent, openHttpOrigin } from '../../support/servers/http-origin.ts';

const faithful = (inject('s3Servers') ?? []).filter((server) => server.faithful);

describe.each(faithful)('s3:// on $name', ({ endpoint, accessKeyId, secretAccessKey }) => {
  const config = {
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId, secretAccessKey },
  } as const;

  async function createBucket(versioned = false) {
    const bucket = `remote-${crypto.randomUUID()}`;
    const client = new S3Client(config);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    if (versioned) await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const put = (Key: string, Body: Buffer | string) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'Text/CSV' }));
    return { bucket, put, [Symbol.dispose]: () => client.destroy() };
  }

  it('reads an object with its type and its name', async () => {
    using source = await createBucket();
    await source.put('dir/ä b+c#d?.csv', createOriginContent());
    await using fixture = openRemoteFixture({ s3: config, sourceBuckets: [{ kind: 's3', bucket: source.bucket }] });
    const uri = `s3://${source.bucket}/dir/${encodeURIComponent('ä b+c#d?.csv')}`;
    const content = await fixture.open(uri);
    expect(content).toMatchObject({
      declaredMimeType: 'text/csv',
      originalUri: uri,
      externalStorageType: 's3',
      externalId: `${source.bucket}/dir/ä b+c#d?.csv`,
    });
    expect((await readAll(content)).equals(createOriginContent())).toBe(true);
  });

  it('reads an old version when asked, and tells which one it read', async () => {
    using source = await createBucket(true);
    const first = await source.put('a', 'first');
    const second = await source.put('a', 'second');
    await using fixture = openRemoteFixture({ s3: config, sourceBuckets: [{ kind: 's3', bucket: source.bucket }] });
    const old = await fixture.open(`s3://${source.bucket}/a?versionId=${first.VersionId}`);
    expect([old.externalId, String(await readAll(old))]).toEqual([
      `${source.bucket}/a?versionId=${first.VersionId}`,
      'first',
    ]);
    const newest = await fixture.open(`s3://${source.bucket}/a`);
    expect(newest.externalId).toBe(`${source.bucket}/a?versionId=${second.VersionId}`);
    expect(String(await readAll(newest))).toBe('second');
  });

  it('refuses a missing object, one over the cap and a bucket that is not named', async () => {
    using source = await createBucket();
    await source.put('a', 'eleven byte');
    const sourceBuckets = [{ kind: 's3', bucket: source.bucket }] as const;
    await using fixture = openRemoteFixture({ s3: config, sourceBuckets, limits: { maxBytes: 10 } });
    expect(await toRefusal(fixture.open(`s3://${source.bucket}/none`))).toBe('remote_failed: the remote answered 404');
    expect(await toRefusal(fixture.open(`s3://${source.bucket}/a`))).toMatch(/^content_too_large/);
    expect(await toRefusal(fixture.open('s3://another/a'))).toMatch(/^forbidden/);
  });
});

describe('s3:// on a misbehaving store', () => {
  const openFixture = (port: number) =>
    openRemoteFixture({
      sourceBuckets: [
        { kind: 's3', bucket: 'in' },
        { kind: 's3', bucket: 'cut' },
        { kind: 's3', bucket: 'stall' },
      ],
      limits: { headerTimeoutMs: 300, idleTimeoutMs: 300 },
      s3: {
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      },
    });

  it('resumes a body that breaks', async () => {
    await using origin = await openHttpOrigin();
    await using fixture = openFixture(origin.port);
    expect((await readAll(await fixture.open('s3://cut/by-match'))).equals(createOriginContent())).toBe(true);
    expect(origin.requests[1]?.headers['if-match']).toBeTypeOf('string');
  });

  it('refuses a store that does not answer, and one that stops midway', async () => {
    await using origin = await openHttpOrigin();
    await using fixture = openFixture(origin.port);
    expect(await toRefusal(fixture.open('s3://in/slow-headers'))).toBe(
      'remote_failed: the remote did not answer in time',
    );
    expect(await toRefusal(fixture.open('s3://stall/s3'))).toBe('remote_failed: the remote stopped sending');
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('refuses a store that is not there without naming it', async () => {
    const origin = await openHttpOrigin();
    await origin[Symbol.asyncDispose]();
    await using fixture = openFixture(origin.port);
    expect(await toRefusal(fixture.open('s3://in/a'))).toBe('remote_failed: the remote refused the connection');
  });
});
