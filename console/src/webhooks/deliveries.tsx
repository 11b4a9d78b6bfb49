// What has become of the events for one webhook, the newest first.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { useTRPC } from '../api/gateway.ts';
import { Button } from '../ui/button.tsx';
import { formatFullTime } from '../ui/format.ts';

const PAGE_SIZE = 20;

export function Deliveries({ id }: { id: string }) {
  const trpc = useTRPC();
  const [isFailed, setFailed] = useState(false);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery(
    trpc.webhook.deliveries.infiniteQueryOptions(
      { id, limit: PAGE_SIZE, ...(isFailed && { failed: true }) },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="deliveries">
      <label className="check">
        <input type="checkbox" checked={isFailed} onChange={() => setFailed(!isFailed)} />
        Only those that did not come through
      </label>
      {error !== null && (
        <p className="refusal" role="alert">
          {toSentence(error)}
        </p>
      )}
      {data !== undefined && items.length === 0 && <p className="hint">None.</p>}
      <ul>
        {items.map(({ eventId, type, state, attempts, nextAttemptAt }) => {
          const last = attempts.at(-1);
          return (
            <li key={eventId}>
              <span className={`badge ${state === 'delivered' ? 'good' : state === 'failed' ? 'bad' : 'warn'}`}>
                {state}
              </span>
              <b>{type}</b>
              <span className="code">{eventId}</span>
              {last !== undefined && (
                <small>
                  {attempts.length > 1 && `${attempts.length} tries, the last `}
                  {formatFullTime(last.at)}, {last.durationMs} ms{last.status !== null && `, HTTP ${last.status}`}
                  {last.error !== null && `: ${last.error}`}
                  {nextAttemptAt !== null && `; again at ${formatFullTime(nextAttemptAt)}`}
                </small>
              )}
            </li>
          );
        })}
      </ul>
      {hasNextPage && (
        <Button look="quiet" onClick={() => void fetchNextPage()}>
          Earlier ones
        </Button>
      )}
    </div>
  );
}
