// The page of a directory, or of what was searched for: the list, and the details of what is open.
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useEffect, useState } from 'react';
import { useTRPC } from '../api/gateway.ts';
import { download, listFiles, readDirectory, readDownloadUrl, readFile } from '../calls/calls.ts';
import { CallDialog } from '../calls/dialog.tsx';
import type { Call } from '../calls/spell.ts';
import { DetailsPanel } from '../details/panel.tsx';
import { go, type Place, parentOf, toHash, withQuery } from '../place.ts';
import { Button } from '../ui/button.tsx';
import { countOf, formatBytes } from '../ui/format.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { type Criteria, toCriteria } from './criteria.ts';
import { FileList } from './list.tsx';
import type { Window } from './paged-rows.ts';
import type { Resource, Row } from './row.ts';
import { useRows } from './rows.ts';
import { FilterChips, FilterForm, SearchBox } from './search.tsx';
import { useSelection } from './selection.ts';

const FIRST_WINDOW: Window = { from: 0, to: 40 };

export function FilesPage({ place }: { place: Place }) {
  const criteria = toCriteria(place);
  const [calls, setCalls] = useState<readonly Call[] | null>(null);
  const [hasFilters, setFilters] = useState(false);
  const openId = place.query.get('id');
  const open = (id: string | null) => go(withQuery(place, { id }), { replace: true });

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, textarea, [role=dialog]') !== null;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      document.getElementById('search')?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const showCalls = () =>
    setCalls([listFiles({ ...criteria.input, limit: 100 }), ...(criteria.isSearch ? [] : [readDirectory(place.path)])]);
  const showFileCalls = ({ id, name }: Resource) => setCalls([readFile(id), download(id, name), readDownloadUrl(id)]);

  return (
    <div className={`files ${openId === null ? '' : 'with-details'}`}>
      <div className="main">
        <header className="top">
          <Breadcrumbs path={place.path} />
          <div className="tools">
            <SearchBox place={place} />
            <Button icon="filter" aria-expanded={hasFilters} onClick={() => setFilters(!hasFilters)}>
              Filter
            </Button>
            <Button icon="code" onClick={showCalls}>
              API
            </Button>
          </div>
          {hasFilters && <FilterForm key={toHash(place)} place={place} onClose={() => setFilters(false)} />}
          <FilterChips place={place} />
        </header>
        <Listing key={toListKey(criteria)} place={place} criteria={criteria} openId={openId} onOpenFile={open} />
      </div>
      {openId !== null && (
        <DetailsPanel key={openId} id={openId} onClose={() => open(null)} onShowCalls={showFileCalls} />
      )}
      {calls !== null && <CallDialog calls={calls} onClose={() => setCalls(null)} />}
    </div>
  );
}

/** Another list begins anew. */
function toListKey({ input }: Criteria): string {
  return JSON.stringify(input);
}

type ListingProps = {
  place: Place;
  criteria: Criteria;
  openId: string | null;
  onOpenFile: (id: string | null) => void;
};

function Listing({ place, criteria, openId, onOpenFile }: ListingProps) {
  const [window, setWindow] = useState(FIRST_WINDOW);
  const rows = useRows(place.path, criteria, window);
  const selection = useSelection(rows);
  const onWindow = useCallback((next: Window) => setWindow(next), []);

  const onOpen = (row: Row) => {
    if (row.kind === 'file') onOpenFile(row.resource.id);
    else go({ view: 'files', path: row.directory.path, query: new URLSearchParams() });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      selection.clear();
      onOpenFile(null);
    } else if (event.key === 'Backspace' || (event.key === 'ArrowUp' && event.altKey)) {
      go({ view: 'files', path: parentOf(place.path), query: new URLSearchParams() });
    }
  };
  return (
    <>
      <FileList
        criteria={criteria}
        rows={rows}
        selection={selection}
        openId={openId}
        onWindow={onWindow}
        onOpen={onOpen}
        onSort={({ by, order }) => go(withQuery(place, { sort: by, order }), { replace: true })}
        onKey={onKey}
        empty={<Empty isSearch={criteria.isSearch} />}
      />
      <footer className="status" role="status">
        {selection.chosen.size > 0 ? (
          <span>{selection.chosen.size} chosen</span>
        ) : (
          <Sums place={place} criteria={criteria} />
        )}
      </footer>
    </>
  );
}

function Empty({ isSearch }: { isSearch: boolean }) {
  return isSearch ? (
    <p>Nothing fits. Take a filter away, or search from a directory above.</p>
  ) : (
    <p>Nothing is here yet.</p>
  );
}

function Sums({ place, criteria }: { place: Place; criteria: Criteria }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.resource.directory.queryOptions({ path: place.path, limit: 1 }));
  if (data === undefined || criteria.isSearch) return null;
  return (
    <span>
      {countOf(data.resourceCount, 'file')} here and below, {formatBytes(data.sizeBytes)}
    </span>
  );
}
