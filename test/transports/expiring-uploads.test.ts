// The life of an upload: looking at it does not lengthen it, and after it every transport says the same.
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { BYTE_TRANSPORTS } from '../support/transports/byte-transports.ts';
import { send } from '../support/transports/change-transports.ts';
import { TRANSPORTS } from '../support/transports/transports.ts';
import { UPLOAD_TRANSPORTS } from '../support/transports/upload-transports.ts';

const HELLO = Buffer.from('hello');
const begin = { sizeBytes: 9 };

test('looking at an upload, from whichever side, does not lengthen its life; a piece does', async () => {
  await using gateway = await startGateway();
  const target = { url: gateway.url, token: await gateway.token() };
  const [way] = BYTE_TRANSPORTS;
  if (way === undefined) throw new Error('there is no way for bytes');
  const { id } = await way.begin(begin, target);
  const look = async () => (await send('GET', `/v1/uploads/${id}`, target)).json.expires_at as string;
  await way.append(id, { offset: 0, bytes: HELLO }, target);
  const before = await look();
  for (const one of BYTE_TRANSPORTS) expect(await one.locate(id, target)).toMatchObject({ offset: 5 });
  for (const { call } of UPLOAD_TRANSPORTS) {
    await call('byId', { id }, target);
    await call('list', {}, target);
    await call('receivedParts', { id }, target);
    // A question too early, and one for what does not fit.
    await call('complete', { id }, target);
  }
  for (const one of BYTE_TRANSPORTS) await one.append(id, { offset: 3, bytes: HELLO }, target);
  expect(await look()).toBe(before);
  await way.append(id, { offset: 5, bytes: HELLO.subarray(0, 1) }, target);
  expect(Date.parse(await look())).toBeGreaterThan(Date.parse(before));
});

test('an upload that has expired is none, in every transport and as a source, before it is removed', async () => {
  await using gateway = await startGateway({ UPLOAD_TTL: '1', SWEEP_INTERVAL_MS: '0', MAX_OPEN_UPLOADS: '2' });
  const target = { url: gateway.url, token: await gateway.token() };
  const [way] = BYTE_TRANSPORTS;
  if (way === undefined) throw new Error('there is no way for bytes');
  const [open, whole] = [await way.begin(begin, target), await way.begin({ sizeBytes: 5 }, target)];
  await way.append(open.id, { offset: 0, bytes: HELLO }, target);
  await way.append(whole.id, { offset: 0, bytes: HELLO, isLast: true }, target);
  for (const { id } of [open, whole]) {
    const status = async () => (await send('GET', `/v1/uploads/${id}`, target)).status;
    await expect.poll(status, { timeout: 20_000 }).toBe(404);
  }

  const told = new Set<string | null>();
  for (const { id } of [open, whole]) {
    for (const one of BYTE_TRANSPORTS) {
      expect(await one.locate(id, target)).toMatchObject({ status: 404, code: 'not_found' });
      const appended = await one.append(id, { offset: 5, bytes: HELLO.subarray(0, 4) }, target);
      expect(appended).toMatchObject({ status: 404, code: 'not_found' });
      told.add(appended.message);
    }
    for (const { name, call } of UPLOAD_TRANSPORTS) {
      for (const operation of ['byId', 'parts', 'receivedParts', 'complete'] as const) {
        const answer = await call(operation, operation === 'parts' ? { id, numbers: [1] } : { id }, target);
        expect(answer.kind, `${name} ${operation}`).toBe('not_found');
        told.add(answer.message);
      }
      expect((await call('cancel', { id }, target)).value, name).toEqual({ cancelled: 0 });
      expect((await call('list', {}, target)).value, name).toMatchObject({ items: [] });
    }
    for (const transport of [...TRANSPORTS, ...BATCH_TRANSPORTS]) {
      const input = { name: 'late', directoryPath: '/', uri: `upload:${id}` };
      const answer = await transport.create(input, target);
      expect(answer.kind, transport.name).toBe('bad_request');
      expect(answer.message, transport.name).toMatch(/^uri names no upload of your account/);
    }
  }
  expect([...told]).toEqual(['no upload with this id exists in your account; it may have expired']);
  // They do not count any more either.
  for (let count = 0; count < 2; count += 1) expect((await way.begin(begin, target)).code).toBeNull();
});
