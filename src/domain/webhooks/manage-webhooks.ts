// Setting up webhooks, changing them and taking them away. Whoever may do so has an account's events sent wherever an address
// leads, so that it takes a scope of its own.
import { type Principal, requireScope } from '../caller/principal.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import type { EventCursors } from '../events/event-cursor.ts';
import { type EventFilter, parseEventFilter } from '../events/event-filter.ts';
import { LATEST, parseStart } from '../events/list-events.ts';
import type { EventLog } from '../events/ports.ts';
import { createId, isId } from '../fields/ids.ts';
import { countCharacters, requireStorableText } from '../fields/text.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { WebhookSender, WebhookStore } from './ports.ts';
import { createWebhookSecret } from './signature.ts';
import type { Webhook, WebhookChange } from './webhook.ts';

export const MAX_WEBHOOKS = 50;
const MAX_DESCRIPTION_CHARACTERS = 255;
/** How long messages are signed with the secret before, too, when it is replaced. */
const ROTATION_MS = 24 * 3_600_000;

export type WebhookPorts = {
  readonly repository: WebhookStore & EventLog;
  readonly cursors: EventCursors;
  readonly sender: WebhookSender;
  /** Is told of webhooks that may have something to deliver. */
  readonly onWebhookChanged: (accountId: string) => void;
};

export type WebhookCall = CallOptions & WebhookPorts & { readonly principal: Principal };

/** A webhook, and the cursor after which its next event comes. */
export type ShownWebhook = { readonly webhook: Webhook; readonly cursor: string };

export type WebhookFields = {
  /** Which events; an empty list: all types. */
  readonly types?: readonly string[] | undefined;
  readonly directoryPath?: string | undefined;
  /** For people; an empty one is none. */
  readonly description?: string | undefined;
};

export type CreateWebhookInput = WebhookFields & { readonly url: string };

export type UpdateWebhookInput = WebhookFields & {
  readonly id: string;
  readonly url?: string | undefined;
  readonly enabled?: boolean | undefined;
};

/**
 * A webhook for what happens from now on.
 * @throws GatewayError `forbidden`, `invalid_input`
 */
export async function createWebhook(input: CreateWebhookInput, call: WebhookCall): Promise<ShownWebhook> {
  const { principal, repository, sender, signal } = call;
  requireScope(principal, 'webhooks:manage');
  requireUrl(input.url, sender);
  const filter = parseFilter(input);
  const description = input.description === undefined ? null : parseDescription(input.description);
  const { end } = await repository.readLogState({ signal });
  const now = new Date();
  const webhook: Webhook = {
    accountId: principal.accountId,
    id: createId(now.getTime()),
    url: input.url,
    filter,
    description,
    disabledReason: null,
    secret: createWebhookSecret(),
    previousSecret: null,
    position: end,
    failures: 0,
    failingSince: null,
    resumeAt: null,
    createdBy: principal.subject,
    createdAt: now,
    updatedAt: now,
  };
  if (!(await repository.insertWebhook(webhook, { maxCount: MAX_WEBHOOKS, signal }))) {
    throw invalidInput('the request', `would be webhook number ${MAX_WEBHOOKS + 1} of your account; delete one first`);
  }
  call.onWebhookChanged(principal.accountId);
  return await show(webhook, call);
}

/** @throws GatewayError `forbidden`, `not_found` */
export async function findWebhook(id: string, call: WebhookCall): Promise<ShownWebhook> {
  requireScope(call.principal, 'webhooks:manage');
  return await show(await requireWebhook(id, call), call);
}

/** All of the account, oldest first. @throws GatewayError `forbidden` */
export async function listWebhooks(_input: undefined, call: WebhookCall): Promise<readonly ShownWebhook[]> {
  requireScope(call.principal, 'webhooks:manage');
  const { accountId } = call.principal;
  const webhooks = await call.repository.listWebhooks({ accountId }, call);
  const { epoch } = await call.repository.readLogState(call);
  return webhooks.map((webhook) => ({
    webhook,
    cursor: call.cursors.toCursor(webhook.position, { accountId, epoch }),
  }));
}

/** @throws GatewayError `forbidden`, `not_found`, `invalid_input` */
export async function updateWebhook({ id, ...input }: UpdateWebhookInput, call: WebhookCall): Promise<ShownWebhook> {
  requireScope(call.principal, 'webhooks:manage');
  if (Object.values(input).every((value) => value === undefined)) {
    throw invalidInput('the input', 'must change something: give url, types, {directoryPath}, description or enabled');
  }
  if (input.url !== undefined) requireUrl(input.url, call.sender);
  const { types, directoryPath } = parseFilter(input);
  return await change(id, {
    change: {
      ...(input.url === undefined ? {} : { url: input.url }),
      ...(input.types === undefined ? {} : { types }),
      ...(input.directoryPath === undefined ? {} : { directoryPath }),
      ...(input.description === undefined ? {} : { description: parseDescription(input.description) }),
      ...(input.enabled === undefined ? {} : { isEnabled: input.enabled }),
    },
    call,
  });
}

/** @returns false when there was none, which is no error: a repeat is harmless @throws GatewayError `forbidden` */
export async function deleteWebhook(id: string, { principal, repository, signal }: WebhookCall): Promise<boolean> {
  requireScope(principal, 'webhooks:manage');
  if (!isId(id)) return false;
  return await repository.deleteWebhook({ accountId: principal.accountId, id }, { signal });
}

/**
 * A new secret. For a day messages are signed with the one before as well.
 * @throws GatewayError `forbidden`, `not_found`
 */
export async function rotateWebhookSecret(id: string, call: WebhookCall): Promise<ShownWebhook> {
  requireScope(call.principal, 'webhooks:manage');
  const secret = { secret: createWebhookSecret(), previousUntil: new Date(Date.now() + ROTATION_MS) };
  return await change(id, { change: { secret }, call });
}

export type ReplayWebhookInput = { readonly id: string; readonly after: string };

/**
 * Sends everything after a cursor, again or for the first time, with the ids that it has; `latest` passes over what waits.
 * @throws GatewayError `forbidden`, `not_found`, `invalid_input`, `cursor_gone`
 */
export async function replayWebhook({ id, after }: ReplayWebhookInput, call: WebhookCall): Promise<ShownWebhook> {
  requireScope(call.principal, 'webhooks:manage');
  await requireWebhook(id, call);
  const start = parseStart(after, call);
  const log = await call.repository.readLogState(call);
  if (start !== LATEST) start.requireKnown(log);
  return await change(id, { change: { position: start === LATEST ? log.end : start.position }, call });
}

/** @throws GatewayError `not_found`, which another account's webhook is as well */
export async function requireWebhook(id: string, { principal, repository, signal }: WebhookCall): Promise<Webhook> {
  const { accountId } = principal;
  const found = isId(id) ? await repository.findWebhook({ accountId, id }, { signal }) : null;
  if (found === null) throw new GatewayError('not_found', { webhookId: id });
  return found;
}

type Change = { readonly change: Omit<WebhookChange, 'updatedAt'>; readonly call: WebhookCall };

async function change(id: string, { change, call }: Change): Promise<ShownWebhook> {
  const { principal, repository, signal } = call;
  const { accountId } = principal;
  if (!isId(id)) throw new GatewayError('not_found', { webhookId: id });
  const changed = await repository.updateWebhook(
    { accountId, id },
    { change: { ...change, updatedAt: new Date() }, signal },
  );
  if (changed === null) throw new GatewayError('not_found', { webhookId: id });
  call.onWebhookChanged(accountId);
  return await show(changed, call);
}

async function show(webhook: Webhook, { repository, cursors, signal }: WebhookCall): Promise<ShownWebhook> {
  const { epoch } = await repository.readLogState({ signal });
  return { webhook, cursor: cursors.toCursor(webhook.position, { accountId: webhook.accountId, epoch }) };
}

function requireUrl(url: string, sender: WebhookSender): void {
  requireStorableText('url', url);
  sender.requireAllowed(url);
}

/** An empty list of types, and the root, stand for everything. */
function parseFilter({ types, directoryPath }: WebhookFields): EventFilter {
  const filter = parseEventFilter({ types, directoryPath });
  return { ...filter, types: filter.types?.length === 0 ? null : filter.types };
}

function parseDescription(description: string): string | null {
  requireStorableText('description', description);
  if (
    description.length > 2 * MAX_DESCRIPTION_CHARACTERS ||
    countCharacters(description) > MAX_DESCRIPTION_CHARACTERS
  ) {
    throw invalidInput('description', `must not be longer than ${MAX_DESCRIPTION_CHARACTERS} characters`);
  }
  return description === '' ? null : description;
}
