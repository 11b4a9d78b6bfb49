// The uploads, in a corner of the screen: how far all of them are, and each file with what can be done about it.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { Button, IconButton } from '../ui/button.tsx';
import { countOf, formatBytes, formatCount, formatDuration } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useUploadQueue, useUploads } from './context.tsx';
import type { QueueView, UploadItem } from './queue.ts';

const ROW_PX = 50;

export function UploadPanel() {
  const queue = useUploadQueue();
  const view = useUploads();
  const [isOpen, setOpen] = useState(true);
  if (view.items.length === 0) return null;
  const { counts } = view;
  const isRunning = counts.sending + counts.waiting > 0;
  const isHeld = counts.paused + counts.failed > 0;
  const close = () => {
    for (const { id } of view.items) queue.remove(id);
  };
  return (
    <section className="uploads" aria-label="Uploads">
      <header>
        <h2 aria-live="polite">{toTitle(view)}</h2>
        {isRunning && <IconButton icon="pause" label="Pause all" onClick={queue.pauseAll} />}
        {!isRunning && isHeld && <IconButton icon="play" label="Go on with all" onClick={queue.resumeAll} />}
        <IconButton
          icon={isOpen ? 'down' : 'up'}
          label={isOpen ? 'Hide the files' : 'Show the files'}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        />
        {!isRunning && <IconButton icon="close" label="Close uploads" onClick={close} />}
      </header>
      <Bar
        label="All uploads"
        value={view.sentBytes}
        max={view.totalBytes}
        isDone={counts.done === view.items.length}
      />
      <p className="hint">{toDetail(view)}</p>
      {isOpen && <Items items={view.items} />}
      {isOpen && counts.done > 0 && isRunning && (
        <Button look="quiet" onClick={queue.clearDone}>
          Clear finished
        </Button>
      )}
    </section>
  );
}

function toTitle({ counts, items }: QueueView): string {
  if (counts.sending + counts.waiting > 0) {
    return `Uploading ${formatCount(counts.done)} of ${countOf(items.length, 'file')}`;
  }
  if (counts.failed > 0) return `${countOf(counts.failed, 'upload')} failed`;
  if (counts.paused > 0) return `${countOf(counts.paused, 'upload')} paused`;
  return `${countOf(counts.done, 'file')} uploaded`;
}

function toDetail({ sentBytes, totalBytes, bytesPerSecond, counts }: QueueView): string {
  const parts = [`${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`];
  if (bytesPerSecond !== null) {
    parts.push(`${formatBytes(bytesPerSecond)}/s`, `${formatDuration((totalBytes - sentBytes) / bytesPerSecond)} left`);
  }
  if (counts.failed > 0) parts.push(`${formatCount(counts.failed)} failed`);
  if (counts.paused > 0) parts.push(`${formatCount(counts.paused)} paused`);
  return parts.join(' · ');
}

function Items({ items }: { items: readonly UploadItem[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  // What needs somebody comes first, what is done last.
  const ordered = [...items].sort((one, other) => RANK[one.state] - RANK[other.state]);
  const virtualizer = useVirtualizer({
    count: ordered.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
  });
  return (
    <div className="upload-list" ref={scroller}>
      <ul style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const item = ordered[index] as UploadItem;
          return (
            <li key={item.id} style={{ transform: `translateY(${start}px)` }}>
              <Item item={item} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const RANK = { failed: 0, sending: 1, paused: 2, waiting: 3, done: 4 } as const;

function Item({ item }: { item: UploadItem }) {
  const queue = useUploadQueue();
  const { id, file, state, sentBytes, problem } = item;
  return (
    <div className={`upload ${state}`}>
      <Icon name={state === 'done' ? 'check' : state === 'failed' ? 'warning' : 'file'} />
      <div className="what">
        <span className="text" title={`${item.directoryPath} ${file.name}`}>
          {file.name}
        </span>
        {problem !== null ? (
          <small className="problem" title={problem}>
            {state === 'failed' ? problem : `${problem} Trying again…`}
          </small>
        ) : state === 'sending' ? (
          <Bar label={`Upload of ${file.name}`} value={sentBytes} max={file.size} />
        ) : (
          <small>{state === 'paused' ? 'Paused' : formatBytes(file.size)}</small>
        )}
      </div>
      {(state === 'sending' || state === 'waiting') && (
        <IconButton icon="pause" label={`Pause ${file.name}`} className="small" onClick={() => queue.pause(id)} />
      )}
      {state === 'paused' && (
        <IconButton icon="play" label={`Go on with ${file.name}`} className="small" onClick={() => queue.resume(id)} />
      )}
      {state === 'failed' && item.isTaken && (
        <>
          <Button look="quiet" className="small" onClick={() => queue.settle(id, 'replace')}>
            Replace
          </Button>
          <Button look="quiet" className="small" onClick={() => queue.settle(id, 'rename')}>
            Keep both
          </Button>
        </>
      )}
      {state === 'failed' && !item.isTaken && (
        <IconButton icon="retry" label={`Try ${file.name} again`} className="small" onClick={() => queue.resume(id)} />
      )}
      <IconButton
        icon="close"
        label={`Remove ${file.name} from the uploads`}
        className="small"
        onClick={() => queue.remove(id)}
      />
    </div>
  );
}

function Bar({ label, value, max, isDone = false }: { label: string; value: number; max: number; isDone?: boolean }) {
  const share = isDone || max === 0 ? Number(isDone) : value / max;
  // Never full before everything stands.
  const percent = isDone ? 100 : Math.min(99, Math.floor(share * 100));
  return <progress aria-label={label} value={percent} max={100} />;
}
