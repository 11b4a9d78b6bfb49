// Staging on a directory: a hidden file, then rename, and fsync of file and folder. No file is left over.

import type { Buffer } from 'node:buffer';
import { rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StagedBlob } from '../../domain/content/blob-store.ts';
import type { BufferPool } from '../../domain/flow/buffer-pool.ts';
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';
import { drain } from '../drain.ts';
import { createGatherer } from '../gatherer.ts';
import { stageBlob } from '../staged-blob.ts';
import { attempt } from '../store-failure.ts';
import { systemCode } from './file-calls.ts';
import type { Folders } from './folders.ts';
import { createStagingFile } from './staging-file.ts';

/** One piece is written while the next fills. */
export const PIECE_BYTES = 1024 * 1024;

/** Up to here a content waits in memory until it is committed. The gatherer's buffers beyond are aligned ones. */
const EARLY_BYTES = PIECE_BYTES / 4;

export type DirectoryStagingOptions = CallOptions & {
  /** Where the file lies until it is committed; on the same file system as `targetPath`. */
  readonly stagingPath: string;
  readonly targetPath: string;
  readonly folders: Folders;
  /** Aligned ones of `PIECE_BYTES` each. */
  readonly buffers: BufferPool;
  /** Whether what fills such a buffer may be written past the page cache. */
  readonly isDirect: boolean;
};

/** Waits until all have ended. @throws what the first of them that failed failed with */
async function together(...works: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Renames into a prepared folder; makes the folder again when somebody removed it. */
export async function renameInto(from: string, options: { targetPath: string; folders: Folders }): Promise<void> {
  const { targetPath, folders } = options;
  const folder = dirname(targetPath);
  await folders.prepare(folder);
  try {
    await rename(from, targetPath);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
    await folders.forget(folder);
    await folders.prepare(folder);
    await rename(from, targetPath);
  }
}

/** Takes `bytes` to the end; see `BlobStore.stage`. Up to one piece is kept in memory until it is committed. */
export async function stageInDirectory(bytes: ByteStream, options: DirectoryStagingOptions): Promise<StagedBlob> {
  const { signal, stagingPath, targetPath, folders, buffers } = options;
  const file = createStagingFile(stagingPath, options);
  let spare: Buffer | null = null;
  let beingWritten: Buffer | null = null;
  const takeBuffer = (): Buffer => {
    const buffer = spare ?? buffers.take();
    spare = null;
    return buffer;
  };
  const gatherer = createGatherer({ maxBytes: PIECE_BYTES, takeBuffer });
  let isLastBegun = false;

  /** Begins to write what is gathered, once the piece before it has been written. */
  const begin = async (): Promise<void> => {
    const piece = gatherer.take();
    await file.write(piece);
    spare = beingWritten;
    beingWritten = piece;
  };
  const writeOut = async (piece: Uint8Array, offset: number): Promise<void> => {
    for (let at = offset; at < piece.byteLength; at += gatherer.fill(piece, at)) {
      if (gatherer.isFull()) await attempt(begin(), { signal, sentence: 'a staged file could not be written' });
    }
  };
  const sink = (piece: Uint8Array): Promise<void> | undefined => {
    const filled = gatherer.fill(piece, 0);
    if (gatherer.gatheredBytes() > EARLY_BYTES) file.prepare();
    return filled === piece.byteLength ? undefined : writeOut(piece, filled);
  };

  /** Only when nothing is being written any more. */
  const giveBack = (): void => {
    for (const buffer of [spare, beingWritten, gatherer.take()]) if (buffer !== null) buffers.give(buffer);
    spare = null;
    beingWritten = null;
  };

  return stageBlob({
    async fill() {
      await drain(bytes, { signal, sink });
      // The disk is busy with it while its creator still asks whether the content is known.
      isLastBegun = gatherer.gatheredBytes() > EARLY_BYTES;
      if (isLastBegun) await attempt(begin(), { signal, sentence: 'a staged file could not be written' });
    },
    sentence: 'a staged file could not be made durable',
    async publish(commitSignal) {
      if (!isLastBegun) await begin();
      await file.finish();
      giveBack();
      commitSignal.throwIfAborted();
      try {
        await together(file.cut(), renameInto(stagingPath, { targetPath, folders }));
        // Side by side, so that one commit of the file system's journal serves both. No record refers to the file before.
        await together(file.sync(), folders.sync(dirname(targetPath)));
      } catch (thrown) {
        await unlink(targetPath).catch(() => undefined);
        throw thrown;
      }
    },
    async free() {
      await file.remove();
      giveBack();
    },
  });
}
