// The one queue of a session, for whoever adds to it and whoever shows it.
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import { refreshLists } from '../api/refresh.ts';
import { useSession } from '../session/context.ts';
import { createUploadQueue, type QueueView, type UploadQueue } from './queue.ts';
import { createSend } from './send.ts';

const Context = createContext<UploadQueue | null>(null);

export function Uploads({ children }: { children: ReactNode }) {
  const { gateway } = useSession();
  const queries = useQueryClient();
  const queue = useMemo(() => createUploadQueue(createSend(gateway), () => refreshLists(queries)), [gateway, queries]);
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      const { sending, waiting } = queue.view().counts;
      if (sending + waiting > 0) event.preventDefault();
    };
    addEventListener('beforeunload', onLeave);
    return () => {
      removeEventListener('beforeunload', onLeave);
      queue.pauseAll();
    };
  }, [queue]);
  return <Context value={queue}>{children}</Context>;
}

/** @throws outside of a session */
export function useUploadQueue(): UploadQueue {
  const queue = useContext(Context);
  if (queue === null) throw new Error('nobody is signed in here');
  return queue;
}

export function useUploads(): QueueView {
  const queue = useUploadQueue();
  return useSyncExternalStore(queue.subscribe, queue.view);
}
