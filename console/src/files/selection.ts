// Which rows are chosen, and which one the keyboard is at.
import { useState } from 'react';
import { notifyFailure } from '../ui/notices.tsx';
import type { Row } from './row.ts';
import type { Rows } from './rows.ts';

/** More than these are not chosen at once; the gateway changes up to 100 by one call. */
export const MAX_SELECTED = 5000;

export type Selection = {
  readonly chosen: ReadonlyMap<string, Row>;
  /** The row that the keyboard is at, by its place. */
  readonly active: number;
  /** Makes this the only one, adds or removes it, or reaches from where it began to here. */
  choose(index: number, how: 'only' | 'toggle' | 'range'): void;
  /** Goes there without choosing. */
  moveTo(index: number): void;
  chooseAll(): void;
  clear(): void;
};

export function useSelection(rows: Rows): Selection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row>>(new Map());
  const [active, setActive] = useState(0);
  const [anchor, setAnchor] = useState(0);

  const reach = (from: number, to: number) => {
    rows.between(from, to, MAX_SELECTED).then(
      (found) => setChosen(new Map(found.map((row) => [row.key, row]))),
      (error) => notifyFailure('Not all of them could be chosen', error),
    );
  };
  return {
    chosen,
    active,
    choose(index, how) {
      const row = rows.rowAt(index);
      setActive(index);
      if (how === 'range') return reach(Math.min(anchor, index), Math.max(anchor, index) + 1);
      setAnchor(index);
      if (row === undefined) return;
      if (how === 'only') return setChosen(new Map([[row.key, row]]));
      const next = new Map(chosen);
      if (!next.delete(row.key)) next.set(row.key, row);
      setChosen(next);
    },
    moveTo: setActive,
    chooseAll: () => reach(0, Number.POSITIVE_INFINITY),
    clear: () => setChosen(new Map()),
  };
}
