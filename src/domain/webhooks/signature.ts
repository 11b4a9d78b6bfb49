// How messages are signed, as Standard Webhooks 1.0 has it: an address can tell them from what anybody else might send it.
import { createHmac, randomBytes } from 'node:crypto';
import type { Webhook } from './webhook.ts';

const PREFIX = 'whsec_';
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32;

/** A fresh secret, as both sides keep it. */
export function createWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export type SignedMessage = {
  /** The same on every attempt. */
  readonly id: string;
  /** Of this attempt. */
  readonly at: Date;
  readonly body: string;
};

/** The headers of a message: signed with the secret and, while that is being replaced, with the one before as well. */
export function toSignedHeaders(
  { id, at, body }: SignedMessage,
  { secret, previousSecret }: Pick<Webhook, 'secret' | 'previousSecret'>,
): { readonly [name: string]: string } {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const secrets = previousSecret !== null && at < previousSecret.until ? [secret, previousSecret.secret] : [secret];
  const signatures = secrets.map((each) => {
    const key = Buffer.from(each.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
