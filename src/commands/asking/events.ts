// Tells what has happened, and goes on telling when it is asked to.
import { type AskingCommand, UsageError } from './command.ts';

const HELP = `Tells what has happened, oldest first, each event with its cursor.

Usage: resource-gateway events

  --after CURSOR     begins after this one; latest: with what happens from now on
  --directory PATH   only what happens in this directory
  --follow           goes on until it is interrupted
`;

type Event = {
  readonly type: string;
  readonly timestamp: string;
  readonly cursor: string;
  readonly subject: string | null;
};

export const command: AskingCommand = {
  help: HELP,
  options: { after: { type: 'string' }, directory: { type: 'string' }, follow: { type: 'boolean' } },
  async run({ client, args, flags, report, signal }) {
    if (args.length > 0) throw new UsageError('events takes no paths; see --directory');
    const directoryPath = flags.directory as string | undefined;
    const tell = (event: Event) =>
      report.tell(event, `${event.timestamp}  ${event.type}  ${event.subject ?? '-'}  ${event.cursor}`);
    let after = flags.after as string | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await client.api.event.list.query({ after, directoryPath }, { signal });
      for (const event of page.events) tell(event);
      after = page.cursor;
      hasMore = page.hasMore;
    }
    if (flags.follow !== true) return;
    await new Promise<void>((_resolve, reject) => {
      const input = { after, directoryPath };
      const options = { onData: ({ data }: { readonly data: Event }) => tell(data), onError: reject };
      const subscription = client.api.event.stream.subscribe(input, options);
      signal.addEventListener('abort', () => {
        subscription.unsubscribe();
        reject(signal.reason);
      });
    });
  },
};
