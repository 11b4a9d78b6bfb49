// A file that content is written to while nobody may see it. Whoever makes one syncs or removes it.
import type { Buffer } from 'node:buffer';
import { unlink } from 'node:fs/promises';
import { cutTo, isAligned, openDirect, writeDirect } from './direct-io.ts';
import { closeFile, openFile, syncFile, writeAll } from './file-calls.ts';

export type StagingFile = {
  /** Begins to open the file, so that it is open when the first piece comes, which will be aligned. */
  prepare(): void;
  /** Writes at the end; the bytes must stay as they are until the next call of either method is settled. */
  write(piece: Buffer): Promise<void>;
  /** Waits for what is being written. */
  finish(): Promise<void>;
  /** Gives a finished file its real size. */
  cut(): Promise<void>;
  /** Makes a cut file durable and closes it. */
  sync(): Promise<void>;
  /** Closes and removes the file, if there is one. Never rejects. */
  remove(): Promise<void>;
};

/** A file that comes into being when it is prepared, or with its first piece: a small content costs nothing until then. */
export function createStagingFile(path: string, { isDirect }: { isDirect: boolean }): StagingFile {
  let opening: Promise<number> | null = null;
  let mayExist = false;
  let write: typeof writeDirect = writeAll;
  let sizeBytes = 0;
  let writing: Promise<void> = Promise.resolve();

  const open = (options: { isAligned: boolean }): Promise<number> => {
    if (opening !== null) return opening;
    const opensDirect = isDirect && options.isAligned;
    if (opensDirect) write = writeDirect;
    mayExist = true;
    opening = opensDirect ? openDirect(path) : openFile(path, 'wx', 0o600);
    return unhandled(opening);
  };
  const close = async (): Promise<void> => {
    const closing = opening;
    opening = null;
    if (closing !== null) await closeFile(await closing);
  };

  return {
    prepare: () => void open({ isAligned: true }),
    async write(piece) {
      await writing;
      const descriptor = await open({ isAligned: isAligned(piece) });
      writing = unhandled(write(descriptor, piece, sizeBytes));
      sizeBytes += piece.byteLength;
    },
    finish: () => writing,
    async cut() {
      if (opening !== null && write === writeDirect) await cutTo(await opening, sizeBytes);
    },
    async sync() {
      if (opening !== null) await syncFile(await opening);
      // Nobody needs to wait for this, and no failure of it matters any more.
      void unhandled(close());
    },
    async remove() {
      // A descriptor closed under a running write could hit a file opened meanwhile.
      await writing.catch(() => undefined);
      await close().catch(() => undefined);
      if (mayExist) await unlink(path).catch(() => undefined);
      mayExist = false;
    },
  };
}

/** The same promise, whose failure may be awaited later or never. */
function unhandled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
