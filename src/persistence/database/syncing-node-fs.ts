// PGlite's file system with the one call that it lacks: fsync. Without it a commit is only as durable as the page cache.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** Emscripten's file system over Node's, as far as we touch it. */
type NodeFileSystem = {
  realPath(node: unknown): string;
  stream_ops: { fsync?: (stream: OpenFile) => number };
};
type OpenFile = { readonly nfd?: number; readonly node: unknown };
type EmscriptenOptions = Parameters<NodeFS['init']>[1];

const WASI_EIO = 29;

/** Class, since PGlite asks for an instance of its own. */
export class SyncingNodeFS extends NodeFS {
  override async init(pg: PGlite, options: EmscriptenOptions): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options);
    const addFsync: NonNullable<EmscriptenOptions['preRun']>[number] = (module) => {
      const files = module.FS.filesystems.NODEFS as unknown as NodeFileSystem;
      files.stream_ops.fsync = (stream) => syncFile(stream, files);
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFsync] } };
  }
}

/** @returns 0, or the error number at which PostgreSQL stops rather than trust what it wrote. */
function syncFile(stream: OpenFile, files: NodeFileSystem): number {
  try {
    if (stream.nfd !== undefined) fsyncSync(stream.nfd);
    else syncFolder(files.realPath(stream.node));
    return 0;
  } catch {
    return WASI_EIO;
  }
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
