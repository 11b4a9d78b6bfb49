// What may be said to read one resource.
import { z } from 'zod';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestShape } from './spelling.ts';

const directoryPath = z.string(required('must be a string')).describe('Directory of the resource, for example /docs');
const name = z.string(required('must be a string')).describe('Its name');

/** The exact place of a resource, in GraphQL and tRPC. */
export const findByPathInput = inputObject({ directoryPath, name });
/** The same in a query of REST. */
export const restFindByPathQuery = toRestShape(findByPathInput);
