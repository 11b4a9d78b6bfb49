// Short notices at the edge of the screen: what has been done, and what could not be.
import { Toast } from '@base-ui/react/toast';
import { toSentence } from '../api/failure.ts';
import { IconButton } from './button.tsx';

const SHOWN_MS = 5000;
const TELL_MS = 300;
const manager = Toast.createToastManager();

/** Tells it for a few seconds. */
export function notify(title: string): void {
  manager.add({ title, timeout: SHOWN_MS });
}

/** Tells what went wrong, until it is closed; `what` could not be done. */
export function notifyFailure(what: string, error: unknown): void {
  manager.add({ title: what, description: toSentence(error), type: 'failure', timeout: 0, priority: 'high' });
}

export type ProgressNotice = {
  /** At most a few times a second; what comes in between is left out. */
  tell(detail: string): void;
  /** null: with nothing said. */
  end(title: string | null): void;
};

/** Tells of something that takes its time, until it ends. */
export function notifyProgress(title: string, { onCancel }: { onCancel: () => void }): ProgressNotice {
  const cancel = () => {
    onCancel();
    manager.close(id);
  };
  const id = manager.add({ title, timeout: 0, actionProps: { children: 'Cancel', onClick: cancel } });
  let told = 0;
  return {
    tell(description) {
      if (performance.now() - told < TELL_MS) return;
      told = performance.now();
      manager.update(id, { description });
    },
    end(last) {
      manager.close(id);
      if (last !== null) notify(last);
    },
  };
}

export function Notices() {
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className="notices">
          <NoticeList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function NoticeList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={`notice ${toast.type ?? ''}`}>
      <Toast.Content>
        <Toast.Title className="title" />
        <Toast.Description className="description" />
      </Toast.Content>
      <Toast.Action className="button quiet" />
      <Toast.Close render={<IconButton icon="close" label="Close" className="small" />} />
    </Toast.Root>
  ));
}
