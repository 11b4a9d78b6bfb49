// The two ways to choose what to upload, for whom dragging is no way.
import { useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { Menu } from '../ui/menu.tsx';
import { useUploadQueue } from './context.tsx';
import { readChosen } from './dropped.ts';

export function UploadButton({ directoryPath }: { directoryPath: string }) {
  const queue = useUploadQueue();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const toFolderField = (field: HTMLInputElement | null) => {
    folder.current = field;
    // Every browser has it, and no type does.
    field?.setAttribute('webkitdirectory', '');
  };
  const onChosen = ({ target }: { target: HTMLInputElement }) => {
    if (target.files !== null) queue.add(readChosen(target.files, directoryPath));
    target.value = '';
  };
  return (
    <>
      <Menu
        trigger={
          <Button icon="upload" look="primary">
            Upload
          </Button>
        }
        entries={[
          { icon: 'file', label: 'Files…', action: () => files.current?.click() },
          { icon: 'folder', label: 'A folder…', action: () => folder.current?.click() },
        ]}
      />
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={onChosen} />
      <input ref={toFolderField} type="file" hidden aria-label="Folder to upload" onChange={onChosen} />
    </>
  );
}
