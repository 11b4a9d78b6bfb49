// The addresses that are told of what happens, and what has become of it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppRouter } from 'resource-gateway-client';
import { toSentence } from '../api/failure.ts';
import { useTRPC, useTRPCClient } from '../api/gateway.ts';
import { refreshNow } from '../api/refresh.ts';
import { listWebhooks } from '../calls/calls.ts';
import { CallDialog } from '../calls/dialog.tsx';
import { FormDialog } from '../changes/form-dialog.tsx';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { formatFullTime } from '../ui/format.ts';
import { notify, notifyFailure } from '../ui/notices.tsx';
import { Deliveries } from './deliveries.tsx';

export type Webhook = Awaited<ReturnType<AppRouter['webhook']['list']>>['items'][number];

export function WebhooksPage() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.webhook.list.queryOptions());
  const [asked, setAsked] = useState<'new' | 'calls' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <div className="page">
      <header className="way">
        <h1>Webhooks</h1>
        <Button icon="plus" look="primary" onClick={() => setAsked('new')}>
          New webhook
        </Button>
        <Button icon="code" onClick={() => setAsked('calls')}>
          API
        </Button>
      </header>
      {error !== null && (
        <p className="refusal" role="alert">
          {toSentence(error)}
        </p>
      )}
      {data?.items.length === 0 && (
        <p className="lead">
          No address is told of anything yet. A webhook posts every change to an address of yours, signed.
        </p>
      )}
      {data?.items.map((webhook) => (
        <Card key={webhook.id} webhook={webhook} onSecret={setSecret} />
      ))}
      {asked === 'new' && <NewWebhook onSecret={setSecret} onClose={() => setAsked(null)} />}
      {asked === 'calls' && <CallDialog calls={[listWebhooks()]} onClose={() => setAsked(null)} />}
      {secret !== null && (
        <Dialog
          title="The secret, this once"
          description="Messages are signed with it (Standard Webhooks). Keep it now: it is not shown again."
          onClose={() => setSecret(null)}
        >
          <p className="path code">
            {secret} <CopyButton text={secret} what="secret" />
          </p>
        </Dialog>
      )}
    </div>
  );
}

function NewWebhook({ onSecret, onClose }: { onSecret: (secret: string | null) => void; onClose: () => void }) {
  const client = useTRPCClient();
  const queries = useQueryClient();
  return (
    <FormDialog
      title="New webhook"
      verb="Create"
      onClose={onClose}
      onSubmit={async (data) => {
        const text = (name: string) => String(data.get(name) ?? '').trim() || undefined;
        const made = await client.webhook.create.mutate({
          url: text('url') ?? '',
          directoryPath: text('directory'),
          description: text('description'),
        });
        await refreshNow(queries);
        onSecret(made.secret);
      }}
    >
      <label htmlFor="hook-url">Address</label>
      <input id="hook-url" name="url" type="url" required placeholder="https://example.com/hook" autoComplete="off" />
      <label htmlFor="hook-directory">Only of this directory</label>
      <input id="hook-directory" name="directory" placeholder="/" autoComplete="off" />
      <label htmlFor="hook-description">Description</label>
      <input id="hook-description" name="description" maxLength={255} autoComplete="off" />
    </FormDialog>
  );
}

function Card({ webhook, onSecret }: { webhook: Webhook; onSecret: (secret: string | null) => void }) {
  const client = useTRPCClient();
  const queries = useQueryClient();
  const [shown, setShown] = useState<'deliveries' | 'delete' | null>(null);
  const { id, url, enabled, disabledReason, failingSince, description, directoryPath } = webhook;
  const act = (what: string, work: () => Promise<unknown>) => {
    work()
      .then(() => refreshNow(queries))
      .catch((error) => notifyFailure(what, error));
  };
  const test = async () => {
    const { delivered, status, error } = await client.webhook.test.mutate({ id });
    if (delivered) notify(`The address took the test message (HTTP ${status})`);
    else notifyFailure('The address did not take the test message', new Error(error ?? `it answered ${status}`));
  };
  return (
    <section className="card" aria-label={`Webhook to ${url}`}>
      <h2>
        <bdi>{url}</bdi>
        <span className={`badge ${enabled ? (failingSince === null ? 'good' : 'warn') : 'off'}`}>
          {enabled
            ? failingSince === null
              ? 'Active'
              : 'Failing'
            : `Off: ${REASONS[disabledReason ?? 'by_hand'] ?? ''}`}
        </span>
      </h2>
      <p className="hint">
        {[description, directoryPath === null ? 'Everything' : `Only ${directoryPath}`].filter(Boolean).join(' · ')}
        {failingSince !== null && ` · failing since ${formatFullTime(failingSince)}`}
      </p>
      <div className="actions">
        <Button
          icon="history"
          aria-expanded={shown === 'deliveries'}
          onClick={() => setShown(shown === 'deliveries' ? null : 'deliveries')}
        >
          Deliveries
        </Button>
        <Button icon="play" onClick={() => act('The test could not be sent', test)}>
          Send a test
        </Button>
        <Button
          icon={enabled ? 'pause' : 'play'}
          onClick={() => act('It could not be changed', () => client.webhook.update.mutate({ id, enabled: !enabled }))}
        >
          {enabled ? 'Switch off' : 'Switch on'}
        </Button>
        <Button
          icon="retry"
          onClick={() =>
            act('The secret could not be replaced', async () =>
              onSecret((await client.webhook.rotateSecret.mutate({ id })).secret),
            )
          }
        >
          New secret
        </Button>
        <Button icon="trash" look="danger" onClick={() => setShown('delete')}>
          Delete
        </Button>
      </div>
      {shown === 'deliveries' && <Deliveries id={id} />}
      {shown === 'delete' && (
        <FormDialog
          title="Delete this webhook?"
          description={`${url} is told of nothing any more.`}
          verb="Delete webhook"
          isDanger
          onClose={() => setShown(null)}
          onSubmit={async () => {
            await client.webhook.delete.mutate({ id });
            await refreshNow(queries);
          }}
        />
      )}
    </section>
  );
}

const REASONS: { readonly [reason: string]: string } = {
  gone: 'the address says that it is gone',
  failing: 'nothing came through for days',
  by_hand: 'somebody switched it off',
};
