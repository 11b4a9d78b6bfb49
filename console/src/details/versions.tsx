// What a file was before, the newest first, each to be fetched and to be had again.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { callRest, useTRPC, useTRPCClient } from '../api/gateway.ts';
import { refreshNow } from '../api/refresh.ts';
import type { Resource } from '../files/row.ts';
import { useSession } from '../session/context.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { formatBytes, formatFullTime } from '../ui/format.ts';
import { notify, notifyFailure } from '../ui/notices.tsx';

const PAGE_SIZE = 20;

export function Versions({ resource, mayWrite }: { resource: Resource; mayWrite: boolean }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const { gateway } = useSession();
  const { id, name } = resource;
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(
    trpc.resource.versions.infiniteQueryOptions(
      { id, limit: PAGE_SIZE },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const restore = async (number: number) => {
    await client.resource.restoreVersion.mutate({ id, number });
    await refreshNow(queries);
    notify(`Version ${number} is the current content again`);
  };
  const fetchVersion = async (number: number) => {
    const response = await callRest(gateway, `/v1/resources/${id}/versions/${number}/content`);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  if (items.length < 2) return null;
  return (
    <section>
      <h3>Versions</h3>
      <ol className="versions">
        {items.map(({ number, isCurrent, sizeBytes, createdAt, createdBy }) => (
          <li key={number}>
            <span>
              <b>Version {number}</b> {isCurrent && <span className="badge good">current</span>}
              <small>
                {formatFullTime(createdAt)} · {formatBytes(sizeBytes)}
                {createdBy !== null && ` · ${createdBy}`}
              </small>
            </span>
            <IconButton
              icon="download"
              label={`Download version ${number}`}
              onClick={() =>
                void fetchVersion(number).catch((error) => notifyFailure('It could not be fetched', error))
              }
            />
            {mayWrite && !isCurrent && (
              <IconButton
                icon="history"
                label={`Restore version ${number}`}
                onClick={() => void restore(number).catch((error) => notifyFailure('It could not be restored', error))}
              />
            )}
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <Button look="quiet" onClick={() => void fetchNextPage()}>
          Earlier versions
        </Button>
      )}
    </section>
  );
}
