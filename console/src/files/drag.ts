// Rows on their way to a directory, and files on their way from the desktop.
import type { DragEvent } from 'react';
import { useState } from 'react';
import { useChanges } from '../changes/changes.ts';
import { notifyFailure } from '../ui/notices.tsx';
import { useUploadQueue } from '../uploads/context.tsx';
import { readDropped } from '../uploads/dropped.ts';
import type { Row } from './row.ts';

/** What a browser calls rows of ours while they are dragged; what they are stays in the page. */
const ROWS = 'application/x-resource-gateway-rows';
let dragged: readonly Row[] = [];

/** Takes rows along. */
export function beginDrag(event: DragEvent, rows: readonly Row[]): void {
  dragged = rows;
  event.dataTransfer.setData(ROWS, '');
  event.dataTransfer.effectAllowed = 'move';
}

export type DropTarget = {
  readonly isOver: boolean;
  readonly handlers: {
    onDragOver(event: DragEvent): void;
    onDragLeave(event: DragEvent): void;
    onDrop(event: DragEvent): void;
  };
};

/** Makes something a place to drop on: files are uploaded into the directory, rows are moved there. */
export function useDropTarget(
  directoryPath: string,
  { mayWrite, takesRows }: { mayWrite: boolean; takesRows: boolean },
): DropTarget {
  const [isOver, setOver] = useState(false);
  const queue = useUploadQueue();
  const changes = useChanges();
  const isWanted = ({ dataTransfer }: DragEvent) =>
    mayWrite && (dataTransfer.types.includes('Files') || (takesRows && dataTransfer.types.includes(ROWS)));
  return {
    isOver,
    handlers: {
      onDragOver(event) {
        if (!isWanted(event)) return;
        event.preventDefault();
        event.stopPropagation();
        event.dataTransfer.dropEffect = event.dataTransfer.types.includes(ROWS) ? 'move' : 'copy';
        setOver(true);
      },
      onDragLeave({ currentTarget, relatedTarget }) {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false);
      },
      onDrop(event) {
        if (!isWanted(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        if (event.dataTransfer.types.includes(ROWS)) {
          const rows = dragged.filter((row) => row.kind === 'file' || row.directory.path !== directoryPath);
          if (rows.length > 0) void changes.moveTo(rows, directoryPath);
          return;
        }
        readDropped(event.dataTransfer.items, directoryPath, queue.add).catch((error) =>
          notifyFailure('Not everything that was dropped could be read', error),
        );
      },
    },
  };
}
