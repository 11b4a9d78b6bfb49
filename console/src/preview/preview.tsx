// A content on the screen, in a frame that has no origin and no rights. What runs in a browser is shown as text.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { callRest, type Gateway, useTRPC } from '../api/gateway.ts';
import type { Resource } from '../files/row.ts';
import { useSession } from '../session/context.ts';
import { readTheme } from '../theme.ts';
import { formatBytes } from '../ui/format.ts';
import { Icon, toFileIcon } from '../ui/icons.tsx';
import { answerCharacterMap, isCharacterMapRequest } from './character-maps.ts';
import { type Shown, toPreviewKind } from './shown.ts';

const MAX_TEXT_BYTES = 256 * 1024;
/** Of what is fetched as a whole, because the store's own address is not this gateway's. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

export function Preview({ resource }: { resource: Resource }) {
  const kind = toPreviewKind(resource.mimeType);
  if (kind === null) return <NoPreview resource={resource} why="There is no preview for this type" />;
  if (resource.sizeBytes === 0) return <NoPreview resource={resource} why="The file is empty" />;
  if (kind === 'text') return <TextPreview resource={resource} />;
  if (kind === 'pdf') return <PdfPreview resource={resource} />;
  return <MediaPreview resource={resource} kind={kind} />;
}

function NoPreview({ resource, why }: { resource: Resource; why: string }) {
  return (
    <div className="preview none">
      <Icon name={toFileIcon(resource.mimeType)} />
      <p>{why}</p>
    </div>
  );
}

type Of = { resource: Resource };

function TextPreview({ resource }: Of) {
  const { gateway } = useSession();
  const isCut = resource.sizeBytes > MAX_TEXT_BYTES;
  const { data, error } = useQuery({
    queryKey: ['text', resource.id, resource.sha256],
    queryFn: async ({ signal }) => {
      const headers = { range: `bytes=0-${MAX_TEXT_BYTES - 1}` };
      const response = await callRest(gateway, `/v1/resources/${resource.id}/content`, { headers, signal });
      return await response.text();
    },
  });
  if (error !== null) return <NoPreview resource={resource} why="The content could not be read" />;
  if (data === undefined) return <div className="preview" aria-busy="true" />;
  return (
    <>
      <Frame shown={{ theme: readTheme(), kind: 'text', text: data }} name={resource.name} />
      {isCut && <p className="hint">The first {formatBytes(MAX_TEXT_BYTES)}.</p>}
    </>
  );
}

function PdfPreview({ resource }: Of) {
  const { gateway } = useSession();
  const isTooLarge = resource.sizeBytes > MAX_WHOLE_BYTES;
  const { data, error } = useWhole(resource, { gateway, isEnabled: !isTooLarge });
  if (isTooLarge) return <NoPreview resource={resource} why="Too large to be shown here" />;
  if (error !== null) return <NoPreview resource={resource} why="The content could not be read" />;
  if (data === undefined) return <div className="preview tall" aria-busy="true" />;
  return (
    <Frame key={resource.sha256} shown={{ theme: readTheme(), kind: 'pdf', bytes: data }} name={resource.name} isTall />
  );
}

function MediaPreview({ resource, kind }: Of & { kind: 'image' | 'audio' | 'video' }) {
  const trpc = useTRPC();
  const { gateway } = useSession();
  const address = useQuery(trpc.resource.downloadUrl.queryOptions({ id: resource.id, disposition: 'inline' }));
  const isElsewhere = address.data !== undefined && new URL(address.data.url).origin !== location.origin;
  const isTooLarge = isElsewhere && resource.sizeBytes > MAX_WHOLE_BYTES;
  const whole = useWhole(resource, { gateway, isEnabled: isElsewhere && !isTooLarge });
  const from = isElsewhere ? whole.data : address.data?.url;
  if (isTooLarge) return <NoPreview resource={resource} why="Too large to be shown here" />;
  if (address.error !== null || whole.error !== null) {
    return <NoPreview resource={resource} why="The content could not be read" />;
  }
  if (from === undefined) return <div className="preview" aria-busy="true" />;
  return (
    <Frame key={resource.sha256} shown={{ theme: readTheme(), kind, name: resource.name, from }} name={resource.name} />
  );
}

function useWhole({ id, sha256 }: Resource, { gateway, isEnabled }: { gateway: Gateway; isEnabled: boolean }) {
  return useQuery({
    queryKey: ['content', id, sha256],
    enabled: isEnabled,
    queryFn: async ({ signal }) => await (await callRest(gateway, `/v1/resources/${id}/content`, { signal })).blob(),
  });
}

function Frame({ shown, name, isTall = false }: { shown: Shown; name: string; isTall?: boolean }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const latest = useRef(shown);
  latest.current = shown;
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    const onMessage = ({ source, data, ports: [port] }: MessageEvent) => {
      const inside = frame.current?.contentWindow;
      if (source === null || source !== inside) return;
      if (data === 'ready') inside.postMessage(latest.current, '*');
      if (data === 'failed') setFailed(true);
      if (port !== undefined && isCharacterMapRequest(data)) void answerCharacterMap(data, port);
    };
    addEventListener('message', onMessage);
    return () => removeEventListener('message', onMessage);
  }, []);
  if (hasFailed) {
    return (
      <div className="preview none">
        <Icon name="warning" />
        <p>The browser cannot show this</p>
      </div>
    );
  }
  return (
    <iframe
      ref={frame}
      className={isTall ? 'preview tall' : 'preview'}
      src="preview.html"
      sandbox="allow-scripts"
      title={`Preview of ${name}`}
    />
  );
}
