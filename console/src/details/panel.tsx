// Everything about one file, beside the list.
import { useQuery } from '@tanstack/react-query';
import { toSentence } from '../api/failure.ts';
import { useTRPC, useTRPCClient } from '../api/gateway.ts';
import type { Resource } from '../files/row.ts';
import { joinPath, toDirectoryHash } from '../place.ts';
import { Preview } from '../preview/preview.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { notifyFailure } from '../ui/notices.tsx';
import { Fields } from './fields.tsx';

type Props = {
  id: string;
  onClose: () => void;
  onShowCalls: (resource: Resource) => void;
};

export function DetailsPanel({ id, onClose, onShowCalls }: Props) {
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
      {data !== undefined && <Content resource={data} />}
    </aside>
  );
}

function Content({ resource }: { resource: Resource }) {
  const client = useTRPCClient();
  const path = joinPath(resource.directoryPath, resource.name);
  const download = async () => {
    const { url } = await client.resource.downloadUrl.query({ id: resource.id });
    const link = document.createElement('a');
    link.href = url;
    link.download = resource.name;
    link.click();
  };
  return (
    <>
      <Preview key={resource.id} resource={resource} />
      <div className="actions">
        <Button
          icon="download"
          look="primary"
          onClick={() => void download().catch((error) => notifyFailure('The download could not begin', error))}
        >
          Download
        </Button>
      </div>
      <p className="path">
        <a href={toDirectoryHash(resource.directoryPath)}>
          <bdi>{path}</bdi>
        </a>
        <CopyButton text={path} what="path" />
      </p>
      <Fields resource={resource} />
    </>
  );
}
