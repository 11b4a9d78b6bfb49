// Several files and directories as one ZIP, made here while they arrive: each is asked of the API as any program would.
import { makeZip } from 'client-zip';
import type { GatewayClient } from 'resource-gateway-client';
import type { Resource, Row } from '../files/row.ts';
import { joinPath } from '../place.ts';
import { formatBytes, formatCount } from '../ui/format.ts';
import type { Target } from './target.ts';

export const MAX_FILES = 10_000;
const PAGE_SIZE = 100;

export type Progress = {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
};

export type ZipOptions = {
  readonly client: GatewayClient;
  /** The directory that names in the archive begin below. */
  readonly below: string;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
};

/**
 * Writes them into `target`, directories with all that is in them. An archive that does not come to its end is not kept.
 * @throws Error with a sentence when they are too many or too large; whatever the gateway refuses
 */
export async function downloadZip(rows: readonly Row[], options: ZipOptions): Promise<void> {
  const { target, signal } = options;
  const resources = await findAll(rows, options);
  const totalBytes = resources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (target.maxBytes !== null && totalBytes > target.maxBytes) {
    throw new Error(
      `${formatBytes(totalBytes)} is more than this browser can put into one file (${formatBytes(target.maxBytes)}). ` +
        'Choose fewer, take a browser that writes to the disk, such as Chromium, or the command: resource-gateway get -r',
    );
  }
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  try {
    await target.write(makeZip(readAll(resources, { ...options, signal: either, totalBytes })), either);
  } finally {
    stopping.abort();
  }
}

async function findAll(rows: readonly Row[], { client, signal }: ZipOptions): Promise<Resource[]> {
  const found: Resource[] = [];
  const add = (resources: readonly Resource[]) => {
    found.push(...resources);
    if (found.length > MAX_FILES) {
      throw new Error(
        `They are more than ${formatCount(MAX_FILES)} files. Choose fewer, or take the command: resource-gateway get -r`,
      );
    }
  };
  for (const row of rows) {
    if (row.kind === 'file') {
      add([row.resource]);
      continue;
    }
    const input = { directoryPath: row.directory.path, recursive: true, limit: PAGE_SIZE };
    let cursor: string | null = null;
    do {
      const page: { readonly items: Resource[]; readonly nextCursor: string | null } =
        await client.api.resource.list.query({ ...input, cursor }, { signal });
      add(page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  return found;
}

/** One after the other: the archive has them so. */
async function* readAll(
  resources: readonly Resource[],
  { client, below, signal, onProgress, totalBytes }: ZipOptions & { readonly totalBytes: number },
) {
  let bytes = 0;
  for (const [files, resource] of resources.entries()) {
    const tell = () => onProgress({ files, totalFiles: resources.length, bytes, totalBytes });
    tell();
    const { body } = await client.download(resource.id, { signal });
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.length;
        tell();
        controller.enqueue(piece);
      },
    });
    yield {
      name: toEntryName(resource, below),
      lastModified: new Date(resource.updatedAt),
      ...(body === null ? { input: '' } : { input: body.pipeThrough(count), size: resource.sizeBytes }),
    };
  }
}

/** Below the directory; a backslash would be a directory to programs on Windows. */
function toEntryName({ directoryPath, name }: Resource, below: string): string {
  const path = joinPath(directoryPath, name);
  const start = below === '/' ? 1 : below.length + 1;
  return path.slice(start).replaceAll('\\', '_');
}
