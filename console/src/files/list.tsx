// The list of a place, of which only what is on the screen is drawn.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import type { Criteria, Sort } from './criteria.ts';
import { beginDrag } from './drag.ts';
import { ListRow } from './list-row.tsx';
import type { Window } from './paged-rows.ts';
import type { Row } from './row.ts';
import type { Rows } from './rows.ts';
import { toSegment } from './segment.ts';
import type { Selection } from './selection.ts';

type Props = {
  readonly criteria: Criteria;
  readonly rows: Rows;
  readonly selection: Selection;
  /** The id of the file whose details are shown. */
  readonly openId: string | null;
  readonly onWindow: (window: Window) => void;
  readonly onOpen: (row: Row) => void;
  readonly onSort: (sort: Sort) => void;
  /** Keys that mean something to the page and nothing to the list. */
  readonly onKey: (event: KeyboardEvent) => void;
  readonly empty: React.ReactNode;
};

const ROW_PX = 40;
const OVERSCAN = 12;
const COLUMNS: readonly { readonly by: Sort['by'] | null; readonly label: string; readonly className: string }[] = [
  { by: 'name', label: 'Name', className: 'name' },
  { by: 'size', label: 'Size', className: 'size' },
  { by: null, label: 'Type', className: 'type' },
  { by: 'created', label: 'Created', className: 'time' },
];

export function FileList(props: Props) {
  const { rows, selection, onWindow, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [base, setBase] = useState(0);
  /** The row that is gone to outside of what was laid out. */
  const sought = useRef<number | null>(null);
  const segment = toSegment(rows.count, base);
  const virtualizer = useVirtualizer({
    count: segment.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const drawn = virtualizer.getVirtualItems();
  const from = base + (drawn[0]?.index ?? 0);
  const to = base + (drawn.at(-1)?.index ?? 0) + 1;
  useEffect(() => onWindow({ from, to }), [from, to, onWindow]);

  // Browsers cannot draw a page as high as a million rows: it is moved along instead.
  useEffect(() => {
    if (sought.current !== null) {
      // Until it is reached, what is drawn is still what was looked at before.
      if (sought.current < from || sought.current >= to) return virtualizer.scrollToIndex(sought.current - base);
      sought.current = null;
    }
    const shift = segment.shiftFor(from - base, to - base);
    if (shift === 0) return;
    setBase(base + shift);
    if (scroller.current !== null) scroller.current.scrollTop -= shift * ROW_PX;
  });

  const reveal = (index: number) => {
    selection.moveTo(index);
    const next = segment.baseFor(index);
    if (next === base) return virtualizer.scrollToIndex(index - base);
    sought.current = index;
    setBase(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { active } = selection;
    const visible = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW_PX) / ROW_PX) - 2);
    const targets: { readonly [key: string]: number } = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + visible,
      PageUp: active - visible,
      Home: 0,
      End: rows.count - 1,
    };
    const target = targets[event.key];
    if (event.key === ' ') selection.choose(active, event.shiftKey ? 'range' : 'toggle');
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) selection.chooseAll();
    else if (event.key === 'Enter') {
      const row = rows.rowAt(active);
      if (row !== undefined) onOpen(row);
    } else if (target !== undefined && !event.altKey) {
      const index = Math.max(0, Math.min(rows.count - 1, target));
      reveal(index);
      if (event.shiftKey) selection.choose(index, 'range');
    } else return props.onKey(event);
    event.preventDefault();
  };
  const onRowClick = (event: MouseEvent, index: number) => {
    if (event.shiftKey) selection.choose(index, 'range');
    else if (event.ctrlKey || event.metaKey) selection.choose(index, 'toggle');
    else {
      selection.choose(index, 'only');
      const row = rows.rowAt(index);
      if (row?.kind === 'file') onOpen(row);
    }
  };

  const isEmpty = rows.isWhole && rows.count === 0;
  return (
    <div className="list">
      <div className="scroller" ref={scroller}>
        <table
          role="grid"
          aria-label="Files"
          aria-multiselectable="true"
          aria-rowcount={rows.isWhole ? rows.count + 1 : -1}
          aria-busy={rows.isLoading}
          aria-activedescendant={rows.count > 0 ? `row-${selection.active}` : undefined}
          tabIndex={0}
          onKeyDown={onKeyDown}
        >
          <Head {...props} />
          <tbody className="rows" style={{ height: virtualizer.getTotalSize() }}>
            {drawn.map(({ index, start }) => {
              const place = base + index;
              const row = rows.rowAt(place);
              return (
                <ListRow
                  key={row?.key ?? place}
                  row={row}
                  place={place}
                  top={start}
                  isActive={place === selection.active}
                  isChosen={row !== undefined && selection.chosen.has(row.key)}
                  isOpen={row?.kind === 'file' && row.resource.id === props.openId}
                  showsPath={props.criteria.isSearch}
                  onClick={(event) => onRowClick(event, place)}
                  onDoubleClick={() => row && onOpen(row)}
                  onDragStart={(event) =>
                    row && beginDrag(event, selection.chosen.has(row.key) ? [...selection.chosen.values()] : [row])
                  }
                  onToggle={(isRange) => selection.choose(place, isRange ? 'range' : 'toggle')}
                />
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.error !== null && (
        <div className="state" role="alert">
          <Icon name="warning" />
          <p>{toSentence(rows.error)}</p>
          <Button icon="retry" onClick={rows.retry}>
            Try again
          </Button>
        </div>
      )}
      {isEmpty && rows.error === null && <div className="state">{props.empty}</div>}
    </div>
  );
}

function Head({ criteria, rows, selection, onSort }: Props) {
  const { sort } = criteria;
  const isAny = selection.chosen.size > 0;
  const isAll = isAny && rows.isWhole && selection.chosen.size === rows.count;
  return (
    <thead className="head">
      <tr className="row" aria-rowindex={1}>
        <th scope="col" className="choice">
          <input
            type="checkbox"
            aria-label={isAny ? 'Choose none' : 'Choose all'}
            ref={(box) => {
              if (box !== null) box.indeterminate = isAny && !isAll;
            }}
            checked={isAll}
            disabled={rows.count === 0}
            onChange={() => (isAny ? selection.clear() : selection.chooseAll())}
          />
        </th>
        {COLUMNS.map(({ by, label, className }) => (
          <th
            key={label}
            scope="col"
            className={className}
            aria-sort={by === sort.by ? (sort.order === 'asc' ? 'ascending' : 'descending') : undefined}
          >
            {by === null ? (
              label
            ) : (
              <button
                type="button"
                onClick={() => onSort({ by, order: by === sort.by && sort.order === 'asc' ? 'desc' : 'asc' })}
              >
                {label}
                {by === sort.by && <Icon name={sort.order === 'asc' ? 'up' : 'down'} />}
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}
