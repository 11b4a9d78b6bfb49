// The records as lists, searches and directories need them.
import type { CallOptions } from '../domain/ports.ts';
import type { ResourceReads } from '../domain/read-ports.ts';
import type { Row, Statement } from './database.ts';
import { createListStatement } from './list-statement.ts';
import { createMetadataWalkStatement } from './metadata-walk.ts';
import { createReadDirectoryStatement, toDirectoryContents } from './read-directory-statement.ts';
import { createFindByPathStatement, toResource } from './read-statements.ts';

/** Runs a statement that changes nothing; waiting ends with the caller's signal. */
type Read = (statement: Statement, options: CallOptions) => Promise<readonly Row[]>;

export function createRecordReads(read: Read): ResourceReads {
  return {
    async findByPath(place, call) {
      const [row] = await read(createFindByPathStatement(place), call);
      return row === undefined ? null : toResource(row);
    },
    async list(query, call) {
      // Frequent metadata is found by walking, which is bounded and planned already; anything else is planned for itself.
      const walk = createMetadataWalkStatement(query);
      const walked = walk === null ? [] : await read(walk, call);
      return (walked.length > 0 ? walked : await read(createListStatement(query), call)).map(toResource);
    },
    async readDirectory(query, call) {
      return toDirectoryContents(await read(createReadDirectoryStatement(query), call));
    },
  };
}
