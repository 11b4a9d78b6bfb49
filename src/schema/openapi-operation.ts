// The words in which a REST operation is told: the schemas that it names, what it answers, what can go wrong.
import type { z } from 'zod';
import { restCreateManyAnswer, restCreateManyInput } from './create-many.ts';
import { restCreateResourceInput } from './create-resource.ts';
import { restDirectory, restDirectoryPage } from './directory.ts';
import { moveDirectoryInput, moved } from './directory-changes.ts';
import { restResourcePage } from './list-resources.ts';
import { externalStorageType, restResource } from './resource.ts';
import { deleted, deleteResourcesInput, restUpdateResourceInput } from './update-resource.ts';

/** The schemas that operations name, by the names that callers see. */
export const SCHEMAS = {
  // The contract's own fields; what we take besides is told in the operation's description.
  ResourceCreate: restCreateResourceInput.omit({ expected_sha256: true }),
  Resource: restResource,
  ExternalStorageType: externalStorageType,
  ResourcePage: restResourcePage,
  ResourceBatch: restCreateManyInput,
  ResourceBatchOutcome: restCreateManyAnswer,
  ResourceUpdate: restUpdateResourceInput,
  ResourcesDelete: deleteResourcesInput,
  Directory: restDirectory,
  DirectoryPage: restDirectoryPage,
  DirectoryMove: moveDirectoryInput,
  Deleted: deleted,
  Moved: moved,
} satisfies { readonly [id: string]: z.ZodType };

export type SchemaId = keyof typeof SCHEMAS;

/** What can go wrong, by what REST answers then. */
export const FAILURES = {
  400: { id: 'BadRequestError', description: 'Bad Request' },
  401: { id: 'UnauthorizedError', description: 'Unauthorized' },
  403: { id: 'ForbiddenError', description: 'Forbidden' },
  404: { id: 'NotFoundError', description: 'Not Found' },
  409: { id: 'ConflictError', description: 'Conflict' },
  412: { id: 'PreconditionFailedError', description: 'Precondition Failed' },
  416: { id: 'RangeNotSatisfiableError', description: 'Range Not Satisfiable' },
  500: { id: 'InternalError', description: 'Internal Server Error' },
} as const;

export type FailureStatus = keyof typeof FAILURES;

export type Header = { readonly name: string; readonly description: string };

/** What an operation answers when nothing goes wrong. */
export type Success = {
  readonly status: 200 | 206 | 304;
  readonly description: string;
  /** A component, bytes of any type, or nothing. */
  readonly body: SchemaId | 'bytes' | null;
  readonly headers?: readonly Header[];
};

export type Operation = {
  readonly id: string;
  readonly method: 'get' | 'head' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly group: 'Resources' | 'Content' | 'Directories';
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodObject;
  readonly headers?: readonly Header[];
  readonly body?: SchemaId;
  readonly answers: readonly Success[];
  readonly failures: readonly FailureStatus[];
  /** Whether a signed address does instead of a token. */
  readonly tokenless?: true;
};
