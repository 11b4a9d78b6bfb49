// What may be said to move or delete a directory; the keys are spelt alike in every transport.
import { z } from 'zod';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';

const path = z.string(required('must be a string')).describe('Path of a directory, for example /docs; not the root');

export const moveDirectoryInput = inputObject({
  from: path,
  to: z
    .string(required('must be a string'))
    .describe('The path it is to have, outside of itself; it is joined to what is there'),
});
/** What a move answers in REST and tRPC. */
export const moved = z.object({ moved: z.int().describe('How many resources lie elsewhere now') });

/** In REST the path is a query parameter. */
export const deleteDirectoryInput = inputObject({ path });
