// Short notices at the edge of the screen: what has been done, and what could not be.
import { Toast } from '@base-ui/react/toast';
import { toSentence } from '../api/failure.ts';
import { IconButton } from './button.tsx';

const SHOWN_MS = 5000;
const manager = Toast.createToastManager();

/** Tells it for a few seconds. */
export function notify(title: string): void {
  manager.add({ title, timeout: SHOWN_MS });
}

/** Tells what went wrong, until it is closed; `what` could not be done. */
export function notifyFailure(what: string, error: unknown): void {
  manager.add({ title: what, description: toSentence(error), type: 'failure', timeout: 0, priority: 'high' });
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
      <Toast.Close render={<IconButton icon="close" label="Close" className="small" />} />
    </Toast.Root>
  ));
}
