import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { send } from '../support/transports/change-transports.ts';
import { TRANSPORTS } from '../support/transports/transports.ts';
import { UPLOAD_TRANSPORTS } from '../support/transports/upload-transports.ts';
import { createTus, type TusAnswer } from '../support/tus/requests.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** In the database's row, and in the store. */
const CONTENTS = [Buffer.from('{"few":"bytes"}'), randomBytes(100_000)];
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function openAccount() {
  const account = crypto.randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  const tus = createTus(gateway.url, target.token);
  return {
    target,
    tus,
    async store(bytes: Buffer) {
      const content = `data:text/plain;base64,${bytes.toString('base64')}`;
      const body = { name: 'a.txt', directory_path: '/', content };
      const { status, json } = await send('POST', '/v1/resources', { ...target, body });
      expect(status).toBe(200);
      return json;
    },
    async upload(bytes: Buffer, metadata = ''): Promise<{ id: string; response: TusAnswer }> {
      const url = await tus.create({ 'upload-length': String(bytes.length), 'upload-metadata': metadata });
      const response = await tus.patch(url, 0, bytes);
      return { id: url.split('/').at(-1) as string, response };
    },
    findUpload: async (id: string) => (await send('GET', `/v1/uploads/${id}`, target)).json,
    list: async () => (await send('GET', '/v1/resources', target)).json.items,
    async content(id: string) {
      const headers = { authorization: `Bearer ${target.token}` };
      return Buffer.from(await (await fetch(`${gateway.url}/v1/resources/${id}/content`, { headers })).arrayBuffer());
    },
  };
}

const OTHER = randomBytes(70_000);
/** What is sent over a content that stands there, and what comes of it. */
const ROWS = CONTENTS.flatMap((bytes) =>
  [
    { policy: 'keep', sent: bytes, outcome: 'kept' },
    { policy: 'rename', sent: bytes, outcome: 'renamed' },
    { policy: 'replace', sent: OTHER, outcome: 'replaced' },
    { policy: 'replace', sent: bytes, outcome: 'kept' },
  ].map((row) => ({ ...row, bytes, size: bytes.length })),
);

describe.each(ROWS)('an upload over $size bytes that are to be dealt with by $policy', (row) => {
  const { policy, sent, outcome, bytes } = row;
  const expectEnd = async (
    account: Awaited<ReturnType<typeof openAccount>>,
    { standing, id, uploadId }: { standing: { id: string }; id: string; uploadId: string },
  ) => {
    expect(id === standing.id).toBe(outcome !== 'renamed');
    expect(await account.findUpload(uploadId)).toMatchObject({ state: 'consumed', resource_id: id, error: null });
    expect((await account.content(id)).equals(sent)).toBe(true);
    const names = (await account.list()).map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual(outcome === 'renamed' ? ['a (2).txt', 'a.txt'] : ['a.txt']);
  };

  test(`is ${outcome} by the last piece of tus`, async () => {
    const account = await openAccount();
    const standing = await account.store(bytes);
    const metadata = `name ${base64('a.txt')},directory_path ${base64('/')},on_conflict ${base64(policy)}`;
    const { id: uploadId, response } = await account.upload(sent, metadata);
    expect(response.status).toBe(204);
    expect(response.headers.get('resource-outcome')).toBe(outcome);
    await expectEnd(account, { standing, id: response.resourceId as string, uploadId });
  });

  test.each(UPLOAD_TRANSPORTS)(`is ${outcome} when it is completed in $name`, async ({ call }) => {
    const account = await openAccount();
    const standing = await account.store(bytes);
    const resource = { name: 'a.txt', directoryPath: '/', onConflict: policy };
    const created = await call('create', { resource }, account.target);
    expect(created.message).toBeNull();
    const { id: uploadId, tusUrl } = created.value as { id: string; tusUrl: string };
    expect((await account.tus.patch(tusUrl, 0, sent)).status).toBe(204);
    const { value, message } = await call('complete', { id: uploadId }, account.target);
    expect(message).toBeNull();
    await expectEnd(account, { standing, id: (value as { id: string }).id, uploadId });
  });

  test.each([...TRANSPORTS, ...BATCH_TRANSPORTS])(`is ${outcome} when $name takes its content`, async ({ create }) => {
    const account = await openAccount();
    const standing = await account.store(bytes);
    const { id: uploadId } = await account.upload(sent);
    const input = { name: 'a.txt', directoryPath: '/', uri: `upload:${uploadId}`, onConflict: policy };
    const answer = await create(input, account.target);
    expect(answer).toMatchObject({ kind: 'ok', outcome });
    await expectEnd(account, { standing, id: answer.resource?.id as string, uploadId });
    expect((await create(input, account.target)).message).toMatch(/taken already/);
  });
});

test('an upload that would replace another version than the one that is meant says so, and takes another attempt', async () => {
  const account = await openAccount();
  const standing = await account.store(CONTENTS[0] as Buffer);
  const metadata = `name ${base64('a.txt')},directory_path ${base64('/')},on_conflict ${base64('replace')}`;
  const { id, response } = await account.upload(OTHER, `${metadata},if_match ${base64('"other"')}`);
  // 412 is for tus's own versions.
  expect([response.status, response.code]).toEqual([422, 'precondition_failed']);
  expect(await account.findUpload(id)).toMatchObject({ state: 'complete', error: expect.stringMatching(/version/) });
  const body = {
    name: 'a.txt',
    directory_path: '/',
    uri: `upload:${id}`,
    on_conflict: 'replace',
    if_match: standing.updated_at,
  };
  const second = await send('POST', '/v1/resources', { ...account.target, body });
  expect(second.headers.get('resource-outcome')).toBe('replaced');
});
