import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createS3Connection } from '../../../src/storage/s3/client.ts';
import { createBucketCheck } from '../../../src/storage/s3/probe.ts';
import { openRelay } from '../../support/servers/relay.ts';
import type { S3Server } from '../../support/servers/s3.setup.ts';

const { signal } = new AbortController();
const PROBE = ['PUT', 'GET', 'DELETE'];

/** A check of a new bucket behind a relay that notes the methods and can answer some of them with a page. */
async function openChecked({ endpoint, accessKeyId, secretAccessKey }: S3Server) {
  const relay = await openRelay(endpoint);
  const connection = await createS3Connection({
    bucket: `test-${randomUUID()}`,
    region: 'us-east-1',
    endpoint: relay.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const { client, bucket } = connection;
  await client.createBucket({ Bucket: bucket });
  const methods: string[] = [];
  const answerWithPage = (method: string | null) =>
    relay.answerWithPage((request) => {
      methods.push(request.method ?? '');
      return request.method === method;
    });
  answerWithPage(null);
  const clock = { nowMs: 1_000_000 };
  const close = async (): Promise<void> => {
    client.destroy();
    await relay[Symbol.asyncDispose]();
  };
  const check = createBucketCheck(connection, { now: () => clock.nowMs });
  return { check, clock, answerWithPage, takeMethods: () => methods.splice(0), [Symbol.asyncDispose]: close };
}

describe.for(inject('s3Servers'))('the check of a bucket on $name', (server) => {
  it('reads back what it wrote once in 30 s, and only asks for the bucket in between', async () => {
    await using opened = await openChecked(server);
    const { check, clock, takeMethods } = opened;
    await check({ signal });
    expect(takeMethods()).toEqual(PROBE);
    clock.nowMs += 29_999;
    await check({ signal });
    expect(takeMethods()).toEqual(['HEAD']);
    clock.nowMs += 1;
    await check({ signal });
    expect(takeMethods()).toEqual(PROBE);
  });

  it('writes one object for all that ask at the same time', async () => {
    await using opened = await openChecked(server);
    const { check, takeMethods } = opened;
    await Promise.all(Array.from({ length: 20 }, () => check({ signal })));
    expect(takeMethods()).toEqual(PROBE);
  });

  it.each(['PUT', 'GET'])('fails as long as a page answers each %s', async (method) => {
    await using opened = await openChecked(server);
    const { check, answerWithPage } = opened;
    answerWithPage(method);
    await expect(check({ signal })).rejects.toThrow('AWS_ENDPOINT_URL_S3');
    await expect(check({ signal })).rejects.toThrow('AWS_ENDPOINT_URL_S3');
    answerWithPage(null);
    await check({ signal });
  });

  it('goes on for the others when one of them gives up', async () => {
    await using opened = await openChecked(server);
    const leaver = new AbortController();
    const left = opened.check({ signal: leaver.signal });
    const others = opened.check({ signal });
    leaver.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await others;
  });
});
