// One row of the list.
import type { DragEvent, MouseEvent } from 'react';
import { toDirectoryHash } from '../place.ts';
import { useRights } from '../session/context.ts';
import { formatBytes, formatCount, formatTime } from '../ui/format.ts';
import { Icon, toFileIcon } from '../ui/icons.tsx';
import { useDropTarget } from './drag.ts';
import type { Row } from './row.ts';

type Props = {
  /** undefined while it is being fetched. */
  readonly row: Row | undefined;
  readonly place: number;
  readonly top: number;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly isOpen: boolean;
  /** Whether to say where it lies: in what was found in several directories. */
  readonly showsPath: boolean;
  readonly onClick: (event: MouseEvent) => void;
  readonly onDoubleClick: () => void;
  readonly onToggle: (isRange: boolean) => void;
  readonly onDragStart: (event: DragEvent) => void;
};

const SHOWN_TAGS = 3;

export function ListRow(props: Props) {
  const { row, place, top, isActive, isChosen, isOpen } = props;
  const { mayWrite } = useRights();
  const isDirectory = row?.kind === 'directory';
  const { isOver, handlers } = useDropTarget(isDirectory ? row.directory.path : '/', { mayWrite, takesRows: true });
  const state = `${isOver ? ' over' : ''}${isActive ? ' active' : ''}${isChosen ? ' chosen' : ''}${isOpen ? ' open' : ''}`;
  return (
    <tr
      id={`row-${place}`}
      className={`row${state}`}
      style={{ transform: `translateY(${top}px)` }}
      aria-rowindex={place + 2}
      aria-selected={isChosen}
      onClick={props.onClick}
      onDoubleClick={props.onDoubleClick}
      draggable={mayWrite && row !== undefined}
      onDragStart={props.onDragStart}
      {...(isDirectory ? handlers : {})}
    >
      {row === undefined ? <Waiting /> : <Cells {...props} row={row} />}
    </tr>
  );
}

function Waiting() {
  return (
    <>
      <td className="choice" />
      <td className="name">
        <span className="bone" />
        <span className="off-screen">Loading</span>
      </td>
    </>
  );
}

function Cells({ row, isChosen, showsPath, onToggle }: Props & { row: Row }) {
  const isDirectory = row.kind === 'directory';
  const name = isDirectory ? row.directory.name : row.resource.name;
  return (
    <>
      <td className="choice">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Choose ${name}`}
          checked={isChosen}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(event.shiftKey);
          }}
          readOnly
        />
      </td>
      {isDirectory ? (
        <>
          <td className="name">
            <Icon name="folder" className="directory" />
            <a className="text" href={toDirectoryHash(row.directory.path)} tabIndex={-1}>
              {name}
            </a>
          </td>
          <td className="size">{formatBytes(row.directory.sizeBytes)}</td>
          <td className="type">
            {formatCount(row.directory.resourceCount)} {row.directory.resourceCount === 1 ? 'file' : 'files'}
          </td>
          <td className="time" />
        </>
      ) : (
        <>
          <td className="name">
            <Icon name={toFileIcon(row.resource.mimeType)} />
            <span className="text">
              <bdi>{name}</bdi>
              {showsPath && <small> {row.resource.directoryPath}</small>}
            </span>
            {row.resource.tags.slice(0, SHOWN_TAGS).map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
            {row.resource.tags.length > SHOWN_TAGS && (
              <span className="tag more">+{row.resource.tags.length - SHOWN_TAGS}</span>
            )}
          </td>
          <td className="size">{formatBytes(row.resource.sizeBytes)}</td>
          <td className="type">{row.resource.mimeType}</td>
          <td className="time">{formatTime(row.resource.createdAt)}</td>
        </>
      )}
    </>
  );
}
