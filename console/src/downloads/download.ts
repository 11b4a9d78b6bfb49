// The downloads of the console: one file by its own address, several as one archive, with what is said about it meanwhile.
import type { GatewayApi, GatewayClient } from 'resource-gateway-client';
import type { Resource, Row } from '../files/row.ts';
import { countOf, formatBytes, formatCount } from '../ui/format.ts';
import { notifyFailure, notifyProgress } from '../ui/notices.tsx';
import { chooseTarget } from './target.ts';
import { downloadZip } from './zip.ts';

/** By an address that needs no token, so that the browser does it as it does others. A failure is told. */
export async function downloadFile(api: GatewayApi, { id, name }: Pick<Resource, 'id' | 'name'>): Promise<void> {
  try {
    const { url } = await api.resource.downloadUrl.query({ id });
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
  } catch (error) {
    notifyFailure('The download could not begin', error);
  }
}

/** What was chosen in the directory `below`: one file as it is, all else as a ZIP. A failure is told. */
export async function downloadRows(rows: readonly Row[], { client, below }: { client: GatewayClient; below: string }) {
  const [first] = rows;
  if (rows.length === 1 && first?.kind === 'file') return await downloadFile(client.api, first.resource);
  const place = first?.kind === 'directory' && rows.length === 1 ? first.directory.path : below;
  const name = `${place.slice(place.lastIndexOf('/') + 1) || 'files'}.zip`;
  const stopping = new AbortController();
  const { signal } = stopping;
  try {
    const target = await chooseTarget(name);
    if (target === null) return;
    const notice = notifyProgress(`Downloading ${name}`, { onCancel: () => stopping.abort() });
    try {
      await downloadZip(rows, {
        client,
        below,
        target,
        signal,
        onProgress: ({ files, totalFiles, bytes, totalBytes }) =>
          notice.tell(
            `${formatCount(files)} of ${countOf(totalFiles, 'file')}, ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
          ),
      });
      notice.end(`Downloaded ${name}`);
    } catch (error) {
      notice.end(null);
      throw error;
    }
  } catch (error) {
    if (!signal.aborted) notifyFailure(`${name} could not be downloaded`, error);
  }
}
