// Where an archive goes while it is made: onto the disk where the browser can write there, else into its memory first.

export type Target = {
  /** null: as much as the disk takes. */
  readonly maxBytes: number | null;
  /** Nothing is left of what does not come to its end. */
  write(archive: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void>;
};

/** What a browser keeps in memory, and at its end once more as a file. */
const MAX_MEMORY_BYTES = 500_000_000;

/** The File System Access API, which not every browser has. */
type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/**
 * Asks where to, where the browser can; to be called at once when a button was pressed.
 * @returns null when whoever was asked wants none
 */
export async function chooseTarget(name: string): Promise<Target | null> {
  const { showSaveFilePicker } = window as { showSaveFilePicker?: SavePicker };
  if (showSaveFilePicker === undefined) return toMemory(name);
  try {
    return toDisk(await showSaveFilePicker.call(window, { suggestedName: name }));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

function toDisk(handle: FileSystemFileHandle): Target {
  return {
    maxBytes: null,
    // The file gets its content when it is closed; until then, and when it is aborted, it keeps what it had.
    write: async (archive, signal) => await archive.pipeTo(await handle.createWritable(), { signal }),
  };
}

function toMemory(name: string): Target {
  return {
    maxBytes: MAX_MEMORY_BYTES,
    async write(archive, signal) {
      const blob = await new Response(archive.pipeThrough(new TransformStream(), { signal })).blob();
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      // The browser has taken hold of it by then, and keeps it until it is written.
      setTimeout(() => URL.revokeObjectURL(link.href));
    },
  };
}
