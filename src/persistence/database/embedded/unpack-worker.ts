// The thread that unpacks a template: writes its files one after the other, and ends.
import { chownSync, closeSync, fchownSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { workerData } from 'node:worker_threads';
import { zstdDecompressSync } from 'node:zlib';

/** A file with its bytes, or a folder, by its path within the cluster; a folder stands before what is in it. */
export type Entry = readonly [path: string, bytes: Uint8Array | null];

export type UnpackWork = {
  readonly directory: string;
  readonly file: string;
  readonly uid?: number;
  readonly gid?: number;
};

function unpack({ directory, file, uid, gid }: UnpackWork): void {
  const hasOwner = uid !== undefined && gid !== undefined;
  for (const [inner, bytes] of deserialize(zstdDecompressSync(readFileSync(file))) as readonly Entry[]) {
    const path = join(directory, inner);
    if (bytes === null) {
      mkdirSync(path, { mode: 0o700 });
      if (hasOwner) chownSync(path, uid, gid);
      continue;
    }
    const descriptor = openSync(path, 'wx', 0o600);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    if (hasOwner) fchownSync(descriptor, uid, gid);
    closeSync(descriptor);
  }
}

unpack(workerData);
