// Uploads past the gateway, into a real store.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createClient, type Journal, type JournalEntry, type UploadProgress } from '../../client/src/index.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { sha256Of } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

const content = randomBytes(36_000_000);
const file = (name: string) => new File([content], name, { type: 'text/x-own', lastModified: 1 });

describe.for(inject('s3Servers').filter(({ faithful }) => faithful))('direct uploads into $name', (server) => {
  let gateway: Gateway;
  let token: string;
  beforeAll(async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretAccessKey);
    gateway = await startGateway({ S3_BUCKET: `test-${randomUUID()}`, S3_FORCE_PATH_STYLE: 'true' });
    token = await gateway.token();
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  test('are the way of large files, and send nothing through the gateway', async () => {
    await using door = await openFrontDoor();
    door.openTo(gateway.url);
    const told: UploadProgress[] = [];
    const resource = await createClient({ url: door.url, token }).upload(file('direct'), {
      directoryPath: '/',
      onProgress: (one) => told.push(one),
    });
    expect(resource).toMatchObject({ sha256: sha256Of(content), mimeType: 'text/x-own' });
    expect(door.passedBytes()).toBeLessThan(100_000);
    expect(told.at(-1)?.percent).toBe(100);
  });

  test('go on after a reload with the parts that are missing', async () => {
    const entries = new Map<string, JournalEntry>();
    const journal: Journal = {
      get: async (key) => entries.get(key) ?? null,
      set: async (key, entry) => void entries.set(key, entry),
      delete: async (key) => void entries.delete(key),
    };
    const client = createClient({ url: gateway.url, token });
    const leaving = new AbortController();
    const uploading = client.upload(file('reloaded'), {
      directoryPath: '/',
      journal,
      signal: leaving.signal,
      onProgress: ({ sentBytes }) => sentBytes > content.length / 2 && leaving.abort(),
    });
    await expect(uploading).rejects.toMatchObject({ name: 'AbortError' });
    const told: UploadProgress[] = [];
    const options = { directoryPath: '/', journal, onProgress: (one: UploadProgress) => told.push(one) };
    expect(await client.upload(file('reloaded'), options)).toMatchObject({ sha256: sha256Of(content) });
    expect(told[0]?.sentBytes).toBeGreaterThan(0);
    expect(entries.size).toBe(0);
  });
});
