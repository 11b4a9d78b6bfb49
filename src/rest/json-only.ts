// Reading a body that is JSON and holds no content, or content at places of its own.
import { GatewayError } from '../domain/errors.ts';
import type { ReadBodyOptions } from '../http/body/request-body.ts';

/** Options for a body that may not be a form. It holds no content unless `isContent` and `stageText` are given. */
export function jsonOnly(
  options: Pick<ReadBodyOptions, 'signal'> & Partial<Pick<ReadBodyOptions, 'isContent' | 'stageText'>>,
): ReadBodyOptions {
  return {
    isContent: () => false,
    stageText: async () => {
      throw new Error('a string was lifted although none may be');
    },
    ...options,
    inlineBytes: null,
    stageFile: async () => {
      throw noForm();
    },
    fromForm: () => {
      throw noForm();
    },
  };
}

function noForm(): GatewayError<'malformed_request'> {
  return new GatewayError('malformed_request', { reason: 'send the body as content-type: application/json' });
}
