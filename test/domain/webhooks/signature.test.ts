import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createWebhookSecret, toSignedHeaders } from '../../../src/domain/webhooks/signature.ts';

const body = '{"type":"resource.created","data":{"name":"ü"}}';
const verify = (secret: string, headers: object, text = body) =>
  new Webhook(secret).verify(text, headers as Record<string, string>);

describe('a signed message', () => {
  const secret = createWebhookSecret();
  const message = { id: 'msg_1', at: new Date(), body };

  it('is taken by a receiver that knows the secret, and by no other', () => {
    const headers = toSignedHeaders(message, { secret, previousSecret: null });
    expect(verify(secret, headers)).toEqual(JSON.parse(body));
    expect(headers).toMatchObject({ 'webhook-id': 'msg_1', 'content-type': 'application/json; charset=utf-8' });
    expect(() => verify(createWebhookSecret(), headers)).toThrow();
    expect(() => verify(secret, headers, body.replace('ü', 'u'))).toThrow();
    expect(() => verify(secret, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
    expect(() => verify(secret, { ...headers, 'webhook-timestamp': '1' })).toThrow();
  });

  it('is taken with the secret before as well, until its time is over', () => {
    const previous = createWebhookSecret();
    const until = new Date(message.at.getTime() + 1);
    const during = toSignedHeaders(message, { secret, previousSecret: { secret: previous, until } });
    for (const each of [secret, previous]) expect(verify(each, during)).toEqual(JSON.parse(body));
    const after = toSignedHeaders({ ...message, at: until }, { secret, previousSecret: { secret: previous, until } });
    expect(verify(secret, after)).toEqual(JSON.parse(body));
    expect(() => verify(previous, after)).toThrow();
  });
});

it('a secret is 32 bytes that nobody has twice', () => {
  const secrets = Array.from({ length: 100 }, createWebhookSecret);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
  }
  expect(new Set(secrets).size).toBe(100);
});
