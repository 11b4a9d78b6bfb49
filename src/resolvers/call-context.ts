// What every resolver and every procedure is given.
import type { Attempt } from '../domain/caller/idempotency.ts';
import type { StreamedContent } from '../domain/content/staging.ts';
import type { Created } from '../domain/create/create-resource.ts';
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
  /** Tells the client what a create has come to, and of several each, in their order. */
  markCreated(created: Pick<Created, 'result' | 'isReplay'>): void;
  /** Tells the client of a stream how far it has come, when there is no event to tell it by; null where it cannot be told. */
  readonly tellCursor: ((cursor: string) => void) | null;
};

/** The headers that tell it; `markCreated` of a call. */
export function createCreatedHeaders(set: (name: string, value: string) => void): CallContext['markCreated'] {
  const results: string[] = [];
  return ({ result, isReplay }) => {
    results.push(result);
    set('resource-outcome', results.join(', '));
    if (isReplay) set('idempotency-replayed', 'true');
  };
}
