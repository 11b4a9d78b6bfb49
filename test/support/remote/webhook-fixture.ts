// A sender of webhooks with small limits, and a resolver of the test's own.
import { createId } from '../../../src/domain/fields/ids.ts';
import type { Answer } from '../../../src/domain/webhooks/ports.ts';
import type { BlockedTarget } from '../../../src/remote/options.ts';
import {
  createWebhookSender,
  DEFAULT_WEBHOOK_LIMITS,
  type WebhookAccess,
  type WebhookLimits,
  type WebhookSenderOptions,
} from '../../../src/remote/webhooks/sender.ts';

export type WebhookFixture = AsyncDisposable & {
  readonly sender: WebhookAccess;
  readonly blocked: readonly BlockedTarget[];
  send(url: string, options?: { accountId?: string; signal?: AbortSignal; body?: string }): Promise<Answer>;
};

export type WebhookFixtureOptions = Pick<WebhookSenderOptions, 'allowHosts'> & {
  readonly limits?: Partial<WebhookLimits>;
  /** Addresses of each name; a name that is not here does not exist. */
  readonly names?: { readonly [name: string]: readonly string[] };
};

export function openWebhookFixture({ allowHosts, limits, names = {} }: WebhookFixtureOptions): WebhookFixture {
  const blocked: BlockedTarget[] = [];
  const sender = createWebhookSender({
    allowHosts,
    limits: { ...DEFAULT_WEBHOOK_LIMITS, refusalStepMs: 1, ...limits },
    async lookup(name) {
      const addresses = names[name];
      if (addresses === undefined) throw Object.assign(new Error(`no such name: ${name}`), { code: 'ENOTFOUND' });
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    onBlocked: (target) => blocked.push(target),
  });
  return {
    sender,
    blocked,
    send: (url, { accountId = 'acme', signal = new AbortController().signal, body = '{}' } = {}) =>
      sender.send({ accountId, url, headers: { 'webhook-id': createId() }, body }, { signal }),
    [Symbol.asyncDispose]: () => sender.close(),
  };
}
