// Webhooks in PostgreSQL.
import { untilFewer } from '../../domain/flow/pages.ts';
import type { WebhookStore } from '../../domain/webhooks/ports.ts';
import type { Run, Transact } from '../database/database.ts';
import {
  createClaimWebhooksStatement,
  createFindOldestStatement,
  createListAccountsStatement,
  createListDeliveriesStatement,
  createListDueStatement,
  createRecordStatement,
  createRemoveOldStatement,
  toDelivery,
  toNextWebhook,
} from './delivery-statements.ts';
import {
  createDeleteWebhookStatement,
  createFindWebhookStatement,
  createInsertWebhookStatement,
  createListWebhooksStatement,
  createLockAccountStatement,
  createUpdateWebhookStatement,
  toWebhook,
} from './webhook-statements.ts';

export type WebhookStoreOptions = {
  readonly read: Run;
  readonly transact: Transact;
};

const REMOVED_AT_ONCE = 1_000;

/** The webhooks over these; it owns nothing. What delivers has no account's turn: it is bounded by itself. */
export function createWebhookStore({ read, transact }: WebhookStoreOptions): WebhookStore {
  return {
    async insertWebhook(webhook, { maxCount, signal }) {
      const { accountId } = webhook;
      const insert = createInsertWebhookStatement(webhook, { maxCount });
      const [, inserted] = await transact([createLockAccountStatement({ accountId }), insert], { accountId, signal });
      return inserted?.length === 1;
    },
    async findWebhook(webhook, { signal }) {
      const [row] = await read(createFindWebhookStatement(webhook), { signal, accountId: webhook.accountId });
      return row === undefined ? null : toWebhook(row);
    },
    async listWebhooks({ accountId }, { signal }) {
      return (await read(createListWebhooksStatement({ accountId }), { signal, accountId })).map(toWebhook);
    },
    async updateWebhook(webhook, { change, signal }) {
      const [row] = await read(createUpdateWebhookStatement(webhook, change), { signal, accountId: webhook.accountId });
      return row === undefined ? null : toWebhook(row);
    },
    async deleteWebhook(webhook, { signal }) {
      const { accountId } = webhook;
      return (await read(createDeleteWebhookStatement(webhook), { signal, accountId })).length === 1;
    },
    async listDeliveries(query, { signal }) {
      const { accountId } = query;
      return (await read(createListDeliveriesStatement(query), { signal, accountId })).map(toDelivery);
    },
    async listDeliveringAccounts({ maxCount, signal }) {
      const rows = await read(createListAccountsStatement({ maxCount }), { signal });
      return rows.map((row) => row.account_id as string);
    },
    async claimWebhooks(query, { signal }) {
      const rows = await read(createClaimWebhooksStatement(query), { signal });
      return { claimed: rows.filter(({ id }) => id !== null).map(toWebhook), next: toNextWebhook(rows) };
    },
    async listDueDeliveries(webhook, { maxCount, signal }) {
      return (await read(createListDueStatement(webhook, { maxCount }), { signal })).map(toDelivery);
    },
    async recordBatch(batch, { signal }) {
      const [row] = await read(createRecordStatement(batch), { signal });
      return row === undefined ? null : toWebhook(row);
    },
    removeOldDeliveries: (options) =>
      untilFewer(REMOVED_AT_ONCE, async () => {
        const [row] = await read(createRemoveOldStatement({ limit: REMOVED_AT_ONCE }), options);
        return row?.removed as number;
      }),
    async findOldestUndelivered({ signal }) {
      const [row] = await read(createFindOldestStatement(), { signal });
      const oldestMs = (row?.oldest_ms ?? null) as number | null;
      return oldestMs === null ? null : new Date(oldestMs);
    },
  };
}
