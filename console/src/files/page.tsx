// The page of a directory, or of what was searched for: the list, and the details of what is open.
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useEffect, useState } from 'react';
import type { Capabilities } from '../api/capabilities.ts';
import { useTRPC } from '../api/gateway.ts';
import { download, listFiles, readDirectory, readDownloadUrl, readFile } from '../calls/calls.ts';
import { CallDialog } from '../calls/dialog.tsx';
import type { Call } from '../calls/spell.ts';
import { useChanges } from '../changes/changes.ts';
import { ChangeDialog, NewFolderDialog, type Question } from '../changes/dialogs.tsx';
import { DetailsPanel } from '../details/panel.tsx';
import { downloadRows } from '../downloads/download.ts';
import { go, type Place, parentOf, toHash, withQuery } from '../place.ts';
import { useRights, useSession } from '../session/context.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { countOf, formatBytes } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { UploadButton } from '../uploads/buttons.tsx';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { type Criteria, toCriteria } from './criteria.ts';
import { useDropTarget } from './drag.ts';
import { FileList } from './list.tsx';
import type { Window } from './paged-rows.ts';
import { type Resource, type Row, toFileRow } from './row.ts';
import { useRows } from './rows.ts';
import { FilterChips, FilterForm, SearchBox } from './search.tsx';
import { useSelection } from './selection.ts';

const FIRST_WINDOW: Window = { from: 0, to: 40 };

export function FilesPage({ place, able }: { place: Place; able: Capabilities }) {
  const criteria = toCriteria(place);
  const [calls, setCalls] = useState<readonly Call[] | null>(null);
  const [hasFilters, setFilters] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const [isNaming, setNaming] = useState(false);
  const { mayWrite } = useRights();
  const changes = useChanges();
  const { isOver, handlers } = useDropTarget(place.path, { mayWrite, takesRows: false });
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
      <section className={`main ${isOver ? 'over' : ''}`} aria-label="Directory and its files" {...handlers}>
        <header className="top">
          <div className="way">
            <Breadcrumbs path={place.path} />
            {mayWrite && (
              <>
                <UploadButton directoryPath={place.path} />
                <Button icon="plus" onClick={() => setNaming(true)}>
                  New directory
                </Button>
              </>
            )}
          </div>
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
        <Listing
          key={toListKey(criteria)}
          place={place}
          criteria={criteria}
          openId={openId}
          onOpenFile={open}
          onAsk={setQuestion}
        />
        {isOver && (
          <p className="drop-hint">
            <Icon name="upload" />
            Drop to upload into {place.path}
          </p>
        )}
      </section>
      {openId !== null && (
        <DetailsPanel
          key={openId}
          id={openId}
          onAsk={(kind, resource) => setQuestion({ kind, rows: [toFileRow(resource)] })}
          onClose={() => open(null)}
          onShowCalls={showFileCalls}
        />
      )}
      {question !== null && (
        <ChangeDialog
          question={question}
          changes={changes}
          hasTrash={able.has('/v1/trash')}
          onDone={() => question.kind === 'delete' && open(null)}
          onClose={() => setQuestion(null)}
        />
      )}
      {isNaming && <NewFolderDialog path={place.path} onClose={() => setNaming(false)} />}
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
  onAsk: (question: Question) => void;
};

function Listing({ place, criteria, openId, onOpenFile, onAsk }: ListingProps) {
  const { gateway } = useSession();
  const { mayWrite, mayDelete } = useRights();
  const [window, setWindow] = useState(FIRST_WINDOW);
  const rows = useRows(place.path, criteria, window);
  const selection = useSelection(rows);
  const onWindow = useCallback((next: Window) => setWindow(next), []);

  const onOpen = (row: Row) => {
    if (row.kind === 'file') onOpenFile(row.resource.id);
    else go({ view: 'files', path: row.directory.path, query: new URLSearchParams() });
  };
  const chosen = [...selection.chosen.values()];
  const ask = (kind: Question['kind']) => {
    const active = rows.rowAt(selection.active);
    const asked = chosen.length > 0 || active === undefined ? chosen : [active];
    if (asked.length > 0) onAsk({ kind, rows: asked });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Delete' && mayDelete) ask('delete');
    else if (event.key === 'F2' && mayWrite && chosen.length < 2) ask('rename');
    else if (event.key === 'Escape') {
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
      {chosen.length > 0 && (
        <div className="selection" role="toolbar" aria-label="What is chosen">
          <b aria-live="polite">{countOf(chosen.length, 'item')} chosen</b>
          <Button
            icon="download"
            onClick={() => void downloadRows(chosen, { client: gateway.client, below: place.path })}
          >
            Download
          </Button>
          {mayWrite && (
            <>
              {chosen.length === 1 && (
                <Button icon="pen" onClick={() => ask('rename')}>
                  Rename
                </Button>
              )}
              <Button icon="move" onClick={() => ask('move')}>
                Move
              </Button>
              {chosen.some((row) => row.kind === 'file') && (
                <Button icon="tag" onClick={() => ask('tag')}>
                  Tags
                </Button>
              )}
            </>
          )}
          {mayDelete && (
            <Button icon="trash" look="danger" onClick={() => ask('delete')}>
              Delete
            </Button>
          )}
          <IconButton icon="close" label="Choose none" onClick={selection.clear} />
        </div>
      )}
      <footer className="status">
        <Sums place={place} criteria={criteria} />
      </footer>
    </>
  );
}

function Empty({ isSearch }: { isSearch: boolean }) {
  return isSearch ? (
    <p>Nothing fits. Take a filter away, or search from a directory above.</p>
  ) : (
    <>
      <Icon name="upload" />
      <p>Nothing is here yet. Drop files or folders to upload them.</p>
    </>
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
