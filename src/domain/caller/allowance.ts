// What one request may create and be answered, however many calls it holds: aliases, a batch and a list draw on one bound.

import { invalidInput } from '../errors.ts';
import { type AnswerAllowance, createAnswerAllowance } from './answer-allowance.ts';

/** Most resources that one request may create, and most contents that it may have staged for them. */
export const MAX_CREATES_PER_REQUEST = 100;

/** Belongs to one request. What was taken is not given back, whatever came of it. */
export type CreateAllowance = AnswerAllowance & {
  /** @throws GatewayError `invalid_input` when fewer than `count` creates are left; none is taken then */
  takeCreates(count: number): void;
  /** @throws GatewayError `invalid_input` when the request has staged as many contents as it may create resources */
  takeContent(): void;
};

/** A whole allowance, for a request that has done nothing yet. */
export function createAllowance(): CreateAllowance {
  let creates = 0;
  let contents = 0;
  return {
    ...createAnswerAllowance(),
    takeCreates(count) {
      if (creates + count > MAX_CREATES_PER_REQUEST) throw exceeded();
      creates += count;
    },
    takeContent() {
      if (contents === MAX_CREATES_PER_REQUEST) throw exceeded();
      contents += 1;
    },
  };
}

function exceeded() {
  return invalidInput('the request', `must not create more than ${MAX_CREATES_PER_REQUEST} resources; send another`);
}
