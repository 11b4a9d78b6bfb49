// What has become of the events that a webhook was told of, or should have been.
import { requireScope } from '../caller/principal.ts';
import type { LogPosition } from '../events/event.ts';
import { createCursor, foreignCursor, parseCursor } from '../find/cursor.ts';
import { type PageInput, parseLimit } from '../find/list-resources.ts';
import { type Page, toPage } from '../flow/pages.ts';
import { requireWebhook, type WebhookCall } from './manage-webhooks.ts';
import type { Delivery } from './webhook.ts';

export type ListDeliveriesInput = PageInput & {
  readonly id: string;
  /** Only those that have not come through: they are tried again, or were given up. */
  readonly failed?: boolean | undefined;
};

const CURSOR_KIND = 'deliveries';

/** By their events, newest first. @throws GatewayError `forbidden`, `not_found`, `invalid_input` */
export async function listDeliveries(input: ListDeliveriesInput, call: WebhookCall): Promise<Page<Delivery>> {
  requireScope(call.principal, 'webhooks:manage');
  const limit = parseLimit(input);
  const before = input.cursor === undefined ? null : parseDeliveryCursor(input.cursor, call);
  const { accountId, id } = await requireWebhook(input.id, call);
  const query = { accountId, id, failed: input.failed ?? false, before, maxCount: limit + 1 };
  const found = await call.repository.listDeliveries(query, { signal: call.signal });
  return toPage(found, { limit, toCursor: ({ position }) => toDeliveryCursor(position, call) });
}

/** Sealed as a place in the log is, for the same reason; its epoch says nothing here. */
function toDeliveryCursor(position: LogPosition, { cursors, principal: { accountId } }: WebhookCall): string {
  return createCursor([CURSOR_KIND, cursors.toCursor(position, { accountId, epoch: NO_EPOCH })]);
}

const NO_EPOCH = '00000000';

function parseDeliveryCursor(text: string, { cursors, principal }: WebhookCall): LogPosition {
  const [kind, place, ...rest] = parseCursor(text);
  if (kind !== CURSOR_KIND || typeof place !== 'string' || rest.length > 0) throw foreignCursor();
  try {
    return cursors.parse(place, principal.accountId).position;
  } catch {
    throw foreignCursor();
  }
}
