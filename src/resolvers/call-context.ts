// What every resolver and every procedure is given.
import type { Attempt } from '../domain/caller/idempotency.ts';
import type { StreamedContent } from '../domain/content/staging.ts';
import type { Resources } from '../domain/resources.ts';
import type { RequestEvent } from '../http/request-events.ts';

export type CallContext = {
  readonly operations: Resources;
  readonly caller: Attempt;
  /** Filled when the body has been read, which is before any resolver sees its input. */
  readonly streamed: StreamedContent;
  readonly event: Partial<RequestEvent>;
  /** Scheme and host that the caller reaches us by. */
  readonly origin: string;
  /** Tells the client that a result is an earlier one. */
  markReplayed(): void;
  /** Tells the client of a stream how far it has come, when there is no event to tell it by; null where it cannot be told. */
  readonly tellCursor: ((cursor: string) => void) | null;
};
