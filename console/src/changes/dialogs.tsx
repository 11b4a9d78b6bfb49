// The questions before a change: which name, where to, which tags, and whether really.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../api/gateway.ts';
import type { Row } from '../files/row.ts';
import { go, joinPath, parentOf } from '../place.ts';
import { Button } from '../ui/button.tsx';
import { countOf, formatBytes } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import type { Changes } from './changes.ts';
import { FormDialog } from './form-dialog.tsx';

/** What is being asked, and about which rows. */
export type Question = {
  readonly kind: 'rename' | 'move' | 'tag' | 'delete';
  readonly rows: readonly Row[];
};

type Props = {
  question: Question;
  changes: Changes;
  /** Whether a delete can be taken back. */
  hasTrash: boolean;
  onDone: () => void;
  onClose: () => void;
};

export function ChangeDialog(props: Props) {
  switch (props.question.kind) {
    case 'rename':
      return <Rename {...props} />;
    case 'move':
      return <Move {...props} />;
    case 'tag':
      return <Tag {...props} />;
    case 'delete':
      return <Delete {...props} />;
  }
}

function nameOf(row: Row): string {
  return row.kind === 'directory' ? row.directory.name : row.resource.name;
}

/** "a.txt", or "3 items". */
function toPhrase(rows: readonly Row[]): string {
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? nameOf(only) : countOf(rows.length, 'item');
}

function Rename({ question: { rows }, changes, onDone, onClose }: Props) {
  const [row] = rows;
  if (row === undefined) return null;
  const name = nameOf(row);
  return (
    <FormDialog
      title={`Rename ${name}`}
      verb="Rename"
      onClose={onClose}
      onSubmit={async (data) => {
        await changes.rename(row, String(data.get('name')));
        onDone();
      }}
    >
      <label htmlFor="new-name">New name</label>
      <input
        id="new-name"
        name="name"
        defaultValue={name}
        required
        maxLength={255}
        autoComplete="off"
        ref={chooseStem}
      />
    </FormDialog>
  );
}

/** The ending stays, since it is seldom meant. */
function chooseStem(field: HTMLInputElement | null): void {
  const stem = field?.value.lastIndexOf('.') ?? 0;
  field?.setSelectionRange(0, stem > 0 ? stem : field.value.length);
}

function Move({ question: { rows }, changes, onDone, onClose }: Props) {
  const first = rows[0];
  const [path, setPath] = useState(
    first === undefined ? '/' : first.kind === 'file' ? first.resource.directoryPath : parentOf(first.directory.path),
  );
  const trpc = useTRPC();
  const { data } = useQuery(trpc.resource.directory.queryOptions({ path, limit: 200 }));
  const moved = new Set(rows.flatMap((row) => (row.kind === 'directory' ? [row.directory.path] : [])));
  return (
    <FormDialog
      title={`Move ${toPhrase(rows)}`}
      description="A directory that is not there yet comes into being."
      verb="Move here"
      onClose={onClose}
      onSubmit={async () => {
        await changes.moveTo(rows, path);
        onDone();
      }}
    >
      <label htmlFor="target">To the directory</label>
      <input id="target" value={path} onChange={({ target }) => setPath(target.value)} autoComplete="off" />
      <ul className="picker" aria-label="Directories there">
        {path !== '/' && (
          <li>
            <button type="button" onClick={() => setPath(parentOf(path))}>
              <Icon name="up" />
              The directory above
            </button>
          </li>
        )}
        {data?.directories
          .filter((directory) => !moved.has(directory.path))
          .map((directory) => (
            <li key={directory.path}>
              <button type="button" onClick={() => setPath(directory.path)}>
                <Icon name="folder" className="directory" />
                {directory.name}
              </button>
            </li>
          ))}
      </ul>
    </FormDialog>
  );
}

function Tag({ question: { rows }, changes, onDone, onClose }: Props) {
  const files = rows.filter((row) => row.kind === 'file');
  const present = [...new Set(files.flatMap(({ resource }) => resource.tags))];
  const [removed, setRemoved] = useState<readonly string[]>([]);
  return (
    <FormDialog
      title={`Tags of ${toPhrase(files)}`}
      verb="Save tags"
      onClose={onClose}
      onSubmit={async (data) => {
        await changes.tag(files, { added: splitTags(String(data.get('added'))), removed });
        onDone();
      }}
    >
      {present.length > 0 && (
        <ul className="chips" aria-label="Tags">
          {present.map((tag) => {
            const isRemoved = removed.includes(tag);
            return (
              <li key={tag} className={isRemoved ? 'removed' : ''}>
                <span>{tag}</span>
                <Button
                  look="quiet"
                  className="small"
                  onClick={() => setRemoved(isRemoved ? removed.filter((one) => one !== tag) : [...removed, tag])}
                >
                  {isRemoved ? 'Keep' : 'Remove'}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
      <label htmlFor="added">Add, with commas between</label>
      <input id="added" name="added" autoComplete="off" placeholder="invoice, 2026" />
    </FormDialog>
  );
}

/** Tags as people write them in a line. */
export function splitTags(text: string): string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function Delete({ question: { rows }, changes, hasTrash, onDone, onClose }: Props) {
  const directories = rows.filter((row) => row.kind === 'directory').map(({ directory }) => directory);
  const inside = directories.reduce((sum, { resourceCount }) => sum + resourceCount, 0);
  const sizeBytes = rows.reduce((sum, row) => sum + (row.kind === 'file' ? row.resource : row.directory).sizeBytes, 0);
  const count = rows.length - directories.length + inside;
  return (
    <FormDialog
      title={`Delete ${toPhrase(rows)}?`}
      description={
        <>
          {countOf(count, 'file')}, {formatBytes(sizeBytes)}
          {inside > 0 && ' with what is in directories'}.{' '}
          {hasTrash ? 'You can restore them from the trash.' : 'This cannot be undone.'}
        </>
      }
      verb={hasTrash ? 'Move to trash' : `Delete ${countOf(count, 'file')}`}
      isDanger
      onClose={onClose}
      onSubmit={async () => {
        await changes.remove(rows);
        onDone();
      }}
    />
  );
}

/** Goes to a directory that comes into being with the first file in it. */
export function NewFolderDialog({ path, onClose }: { path: string; onClose: () => void }) {
  return (
    <FormDialog
      title="New directory"
      description="It is there as soon as something is in it: upload or move a file into it."
      verb="Open it"
      onClose={onClose}
      onSubmit={async (data) => {
        const name = String(data.get('name')).trim();
        if (name === '' || name === '.' || name === '..' || name.includes('/')) {
          throw new Error('the name must not be empty, "." or "..", and must have no "/"');
        }
        go({ view: 'files', path: joinPath(path, name), query: new URLSearchParams() });
      }}
    >
      <label htmlFor="folder-name">Name</label>
      <input id="folder-name" name="name" required maxLength={255} autoComplete="off" />
    </FormDialog>
  );
}
