// The files in what was dropped or chosen, folders with all that is in them.
import { joinPath } from '../place.ts';

export type FoundFile = { readonly file: File; readonly directoryPath: string };

/**
 * Walks what was dropped into `directoryPath`; files are told in batches while the walk goes on. It must be called while the
 * event is handled: afterwards a browser takes the items away.
 */
export async function readDropped(
  items: DataTransferItemList,
  directoryPath: string,
  onFound: (files: readonly FoundFile[]) => void,
): Promise<void> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  await Promise.all(entries.map((entry) => walk(entry, directoryPath, onFound)));
}

/** Files from a field; those of a folder have their way in it. */
export function readChosen(files: FileList, directoryPath: string): FoundFile[] {
  return [...files].map((file) => {
    const way = file.webkitRelativePath.split('/').slice(0, -1).join('/');
    return { file, directoryPath: way === '' ? directoryPath : joinPath(directoryPath, way) };
  });
}

async function walk(entry: FileSystemEntry, directoryPath: string, onFound: (files: readonly FoundFile[]) => void) {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return onFound([{ file, directoryPath }]);
  }
  if (!isDirectory(entry)) return;
  const inside = joinPath(directoryPath, entry.name);
  const reader = entry.createReader();
  for (;;) {
    // A browser gives a hundred at a time, and none at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    const found: FoundFile[] = [];
    for (const one of batch) await walk(one, inside, (files) => found.push(...files));
    onFound(found);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
