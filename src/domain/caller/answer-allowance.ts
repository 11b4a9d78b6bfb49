// How much one request may be answered in all. A read says how much it may give at most before it begins, and gives back
// what it did not need: so what a request holds at once is bounded, and not only what it is sent.
import { invalidInput } from '../errors.ts';

/** Of records, over all reads of one request. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Of a page of a list; it ends early at the record that reaches it. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** No record's metadata is longer, since no body is. */
export const MAX_RECORD_BYTES = 1024 * 1024;

export type Answered<Value> = { readonly value: Value; readonly bytes: number };

/** Belongs to one request. */
export type AnswerAllowance = {
  /**
   * Runs a read that gives about `wantedBytes` at most. It begins when so much is left beside the reads that are running;
   * the last one gets what there is.
   * @throws GatewayError `invalid_input` when nothing is left, and what `read` throws
   */
  answer<Value>(wantedBytes: number, read: (maxBytes: number) => Promise<Answered<Value>>): Promise<Value>;
  /**
   * Counts metadata that is put into the answer, each time anew: a request may ask for one record's under many names.
   * @throws GatewayError `invalid_input` beyond twice what reads may give, which they alone never reach
   */
  show(metadata: object | null): void;
};

/** A whole allowance. */
export function createAnswerAllowance(maxBytes = MAX_ANSWER_BYTES): AnswerAllowance {
  let leftBytes = maxBytes;
  let shownBytes = 0;
  const weights = new Map<object, number>();
  let running = 0;
  let ended = Promise.withResolvers<void>();

  return {
    async answer(wantedBytes, read) {
      while (running > 0 && leftBytes < wantedBytes) await ended.promise;
      if (leftBytes <= 0) {
        throw invalidInput(
          'the request',
          `asks for more than ${maxBytes} bytes of records; ask for fewer in each request`,
        );
      }
      const takenBytes = Math.min(wantedBytes, leftBytes);
      let usedBytes = 0;
      leftBytes -= takenBytes;
      running += 1;
      try {
        const { value, bytes } = await read(takenBytes);
        usedBytes = bytes;
        return value;
      } finally {
        leftBytes += takenBytes - usedBytes;
        running -= 1;
        ended.resolve();
        ended = Promise.withResolvers();
      }
    },
    show(metadata) {
      if (metadata === null) return;
      const bytes = weights.get(metadata) ?? weigh({ metadata });
      weights.set(metadata, bytes);
      shownBytes += bytes;
      if (shownBytes > 2 * maxBytes) {
        throw invalidInput(
          'the request',
          `asks for metadata of more than ${2 * maxBytes} bytes; ask for it fewer times`,
        );
      }
    },
  };
}

/** What a record weighs in an answer: its metadata; the rest is short. */
export function weigh(resource: { readonly metadata: object | null } | null): number {
  return resource === null || resource.metadata === null ? 0 : JSON.stringify(resource.metadata).length;
}

/**
 * Runs a change that answers one record, when so much may still be answered: nothing is changed otherwise. A record may weigh
 * far more than what the change says of it.
 * @throws GatewayError `invalid_input` when nothing is left, and what `change` throws
 */
export function answerRecord<Value>(
  allowance: AnswerAllowance,
  change: () => Promise<Value>,
  recordOf: (value: Value) => { readonly metadata: object | null },
): Promise<Value> {
  return allowance.answer(MAX_RECORD_BYTES, async () => {
    const value = await change();
    return { value, bytes: weigh(recordOf(value)) };
  });
}
