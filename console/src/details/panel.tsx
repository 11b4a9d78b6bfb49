// Everything about one file, beside the list.
import { useQuery } from '@tanstack/react-query';
import { useCapabilities } from '../api/capabilities.ts';
import { toSentence } from '../api/failure.ts';
import { useTRPC, useTRPCClient } from '../api/gateway.ts';
import type { Question } from '../changes/dialogs.tsx';
import { downloadFile } from '../downloads/download.ts';
import type { Resource } from '../files/row.ts';
import { joinPath, toDirectoryHash, toHash } from '../place.ts';
import { Preview } from '../preview/preview.tsx';
import { useRights } from '../session/context.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Fields } from './fields.tsx';
import { Metadata } from './metadata.tsx';
import { Versions } from './versions.tsx';

type Props = {
  id: string;
  onAsk: (kind: Question['kind'], resource: Resource) => void;
  onClose: () => void;
  onShowCalls: (resource: Resource) => void;
};

export function DetailsPanel({ id, onAsk, onClose, onShowCalls }: Props) {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.resource.byId.queryOptions({ id }));
  return (
    <aside className="details" aria-label="Details" onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <header>
        <h2>
          <bdi>{data?.name ?? 'Details'}</bdi>
        </h2>
        {data !== undefined && <IconButton icon="code" label="The same call" onClick={() => onShowCalls(data)} />}
        <IconButton icon="close" label="Close details" onClick={onClose} />
      </header>
      {error !== null && (
        <p className="refusal" role="alert">
          {toSentence(error)}
        </p>
      )}
      {data !== undefined && <Content resource={data} onAsk={(kind) => onAsk(kind, data)} />}
    </aside>
  );
}

function Content({ resource, onAsk }: { resource: Resource; onAsk: (kind: Question['kind']) => void }) {
  const { mayWrite, mayDelete } = useRights();
  const hasVersions = useCapabilities()?.has('/v1/resources/{id}/versions') ?? false;
  const client = useTRPCClient();
  const path = joinPath(resource.directoryPath, resource.name);
  return (
    <>
      <Preview key={resource.id} resource={resource} />
      <div className="actions">
        <Button icon="download" look="primary" onClick={() => void downloadFile(client, resource)}>
          Download
        </Button>
        {mayWrite && (
          <>
            <IconButton icon="pen" label="Rename" onClick={() => onAsk('rename')} />
            <IconButton icon="move" label="Move" onClick={() => onAsk('move')} />
          </>
        )}
        {mayDelete && <IconButton icon="trash" label="Delete" onClick={() => onAsk('delete')} />}
      </div>
      <p className="path">
        <a href={toDirectoryHash(resource.directoryPath)}>
          <bdi>{path}</bdi>
        </a>
        <CopyButton text={path} what="path" />
      </p>
      <section>
        <h3>
          Tags
          {mayWrite && (
            <Button look="quiet" className="small" icon="pen" onClick={() => onAsk('tag')}>
              Edit tags
            </Button>
          )}
        </h3>
        {resource.tags.length === 0 ? (
          <p className="hint">None.</p>
        ) : (
          <ul className="tags">
            {resource.tags.map((tag) => (
              <li key={tag} className="tag">
                <a href={toHash({ view: 'files', path: '/', query: new URLSearchParams({ tag, deep: '1' }) })}>{tag}</a>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Metadata key={resource.updatedAt} resource={resource} mayWrite={mayWrite} />
      {hasVersions && <Versions resource={resource} mayWrite={mayWrite} />}
      <section>
        <h3>Everything else</h3>
        <Fields resource={resource} />
      </section>
    </>
  );
}
