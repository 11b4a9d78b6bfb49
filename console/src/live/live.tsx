// What happens in the account while somebody looks: lists and details follow by themselves.
import { useQueryClient } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useTRPC } from '../api/gateway.ts';
import { refreshLists } from '../api/refresh.ts';

/** Listens for as long as it is shown, and says whether it hears. */
export function Live() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { status } = useSubscription(
    trpc.event.stream.subscriptionOptions({ after: 'latest' }, { onData: () => refreshLists(queries) }),
  );
  const isLive = status === 'pending';
  return (
    <span className={`live ${isLive ? 'on' : ''}`} role="status">
      {isLive ? 'Live' : 'Not live'}
    </span>
  );
}
