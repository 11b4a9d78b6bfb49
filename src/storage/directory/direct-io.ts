// Writing past the page cache (O_DIRECT, open(2)), as MinIO does: bytes that are written once and synced at once gain
// nothing there, and the copy costs more than the disk does. Whether it works is found out for each directory.
import { Buffer } from 'node:buffer';
import { constants, ftruncate } from 'node:fs';
import { promisify } from 'node:util';
import { closeFile, openFile, writeAll } from './file-calls.ts';

/** Addresses, offsets and lengths must be multiples of the device's logical block, which is this or a part of it. */
const BLOCK_BYTES = 4096;
const truncateFile = promisify(ftruncate);

/** A buffer that begins on a page of memory, as that of a resizable ArrayBuffer does in V8. `bytes`: whole blocks. */
export function allocateAligned(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes);
}

/** Whether `piece` begins on a page: made by `allocateAligned`, seen from its beginning. */
export function isAligned({ buffer, byteOffset }: Buffer): boolean {
  return buffer instanceof ArrayBuffer && buffer.resizable && byteOffset === 0;
}

/** Opens a new file for direct writes and gives its descriptor. */
export function openDirect(path: string): Promise<number> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_DIRECT } = constants;
  return openFile(path, O_WRONLY | O_CREAT | O_EXCL | O_DIRECT, 0o600);
}

/** Whether direct writes may begin at this position of a file. */
export function isBlockAligned(positionBytes: number): boolean {
  return bytesToBlock(positionBytes) === 0;
}

/** How far it is from a position to the next one from which direct writes may begin; 0 when it is one. */
export function bytesToBlock(positionBytes: number): number {
  return (BLOCK_BYTES - (positionBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Opens a file to be written from any position, or from aligned ones directly, and gives its descriptor. */
export function openToAppend(
  path: string,
  { isDirect, isNew }: { readonly isDirect: boolean; readonly isNew: boolean },
): Promise<number> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_DIRECT } = constants;
  return openFile(path, O_WRONLY | (isNew ? O_CREAT | O_EXCL : 0) | (isDirect ? O_DIRECT : 0), 0o600);
}

/** Writes an aligned `piece`, and after the last one zeros up to the block's end: `cutTo` takes them away. */
export function writeDirect(descriptor: number, piece: Buffer, positionBytes: number): Promise<void> {
  const usedBytes = piece.byteLength;
  const blocks = Buffer.from(piece.buffer, 0, Math.ceil(usedBytes / BLOCK_BYTES) * BLOCK_BYTES);
  blocks.fill(0, usedBytes);
  return writeAll(descriptor, blocks, positionBytes);
}

/** Ends a file of direct writes at its real size. */
export async function cutTo(descriptor: number, sizeBytes: number): Promise<void> {
  if (sizeBytes % BLOCK_BYTES !== 0) await truncateFile(descriptor, sizeBytes);
}

/** Whether the system and the file system at `path`, where a file is made, take direct writes. The file stays. */
export async function takesDirect(path: string): Promise<boolean> {
  if (constants.O_DIRECT === undefined) return false;
  try {
    const descriptor = await openDirect(path);
    await writeDirect(descriptor, allocateAligned(BLOCK_BYTES).fill(0), 0).finally(() => closeFile(descriptor));
    return true;
  } catch {
    return false;
  }
}
