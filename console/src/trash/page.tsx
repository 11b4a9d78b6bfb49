// What was deleted, the last first: to be had again for a while, or to go for good.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { useTRPC, useTRPCClient } from '../api/gateway.ts';
import { refreshNow } from '../api/refresh.ts';
import { listTrash } from '../calls/calls.ts';
import { CallDialog } from '../calls/dialog.tsx';
import { FormDialog } from '../changes/form-dialog.tsx';
import { joinPath } from '../place.ts';
import { useRights } from '../session/context.ts';
import { Button } from '../ui/button.tsx';
import { formatBytes, formatFullTime } from '../ui/format.ts';
import { notify, notifyFailure } from '../ui/notices.tsx';

const PAGE_SIZE = 50;

export function TrashPage() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const { mayWrite, mayDelete } = useRights();
  const [asked, setAsked] = useState<'empty' | 'calls' | null>(null);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery(
    trpc.trash.list.infiniteQueryOptions({ limit: PAGE_SIZE }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const act = (done: string, work: () => Promise<unknown>) => {
    work()
      .then(() => refreshNow(queries))
      .then(() => notify(done))
      .catch((failure) => notifyFailure('It stays in the trash', failure));
  };
  return (
    <div className="page">
      <header className="way">
        <h1>Trash</h1>
        {mayDelete && items.length > 0 && (
          <Button icon="trash" look="danger" onClick={() => setAsked('empty')}>
            Empty
          </Button>
        )}
        <Button icon="code" onClick={() => setAsked('calls')}>
          API
        </Button>
      </header>
      {error !== null && (
        <p className="refusal" role="alert">
          {toSentence(error)}
        </p>
      )}
      {data !== undefined && items.length === 0 && <p className="lead">The trash is empty.</p>}
      <ul className="trashed">
        {items.map(({ id, name, directoryPath, sizeBytes, deletedAt, deletedBy, expiresAt }) => (
          <li key={id}>
            <span>
              <bdi>{joinPath(directoryPath, name)}</bdi>
              <small>
                {formatBytes(sizeBytes)} · deleted {formatFullTime(deletedAt)}
                {deletedBy !== null && ` by ${deletedBy}`} · goes for good {formatFullTime(expiresAt)}
              </small>
            </span>
            {mayWrite && (
              <Button
                icon="history"
                aria-label={`Restore ${name}`}
                onClick={() => act(`${name} is back`, () => client.trash.restore.mutate({ id }))}
              >
                Restore
              </Button>
            )}
            {mayDelete && (
              <Button
                look="danger"
                aria-label={`Delete ${name} for good`}
                onClick={() => act(`${name} is gone`, () => client.trash.delete.mutate({ id }))}
              >
                Delete
              </Button>
            )}
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button look="quiet" onClick={() => void fetchNextPage()}>
          Earlier ones
        </Button>
      )}
      {asked === 'calls' && <CallDialog calls={[listTrash()]} onClose={() => setAsked(null)} />}
      {asked === 'empty' && (
        <FormDialog
          title="Empty the trash?"
          description="Everything in it goes for good. This cannot be undone."
          verb="Empty the trash"
          isDanger
          onClose={() => setAsked(null)}
          onSubmit={async () => {
            await client.trash.empty.mutate();
            await refreshNow(queries);
          }}
        />
      )}
    </div>
  );
}
