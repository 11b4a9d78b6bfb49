// The GraphQL types of changing and deleting.
import { isId } from '../../domain/fields/ids.ts';
import { parseDirectoryPath } from '../../domain/fields/names.ts';
import { deleted, updateResourceFields } from '../update-resource.ts';
import { describe } from './descriptions.ts';
import { addInput } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** What a delete answers: ids by which a client's cache drops what is gone, and how many there were. */
export type Deleted = { readonly ids: readonly string[]; readonly deleted: number };
export type DeletedDirectory = { readonly path: string; readonly deleted: number };

/** What is no id is not sent back: it may be as long as a request, and be asked for under many names. */
export function toDeleted(ids: readonly string[], deleted: number): Deleted {
  return { ids: ids.filter(isId).map((id) => id.toLowerCase()), deleted };
}

/** `path`: one that the domain has taken. */
export function toDeletedDirectory(path: string, deleted: number): DeletedDirectory {
  return { path: parseDirectoryPath(path, 'path'), deleted };
}

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlChangeTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const UpdateResourceInput = addInput(builder, updateResourceFields, {
    name: 'UpdateResourceInput',
    description: 'What is to change; a field that is absent stays as it is.',
  });
  return { UpdateResourceInput, ...createDeletions(builder) };
}

const DELETED = describe(deleted)('deleted');

function createDeletions<Context extends object>(builder: GraphqlTypes<Context>) {
  const DeleteResourcePayload = builder.objectRef<Deleted>('DeleteResourcePayload').implement({
    description: 'What a delete has come to.',
    fields: (t) => ({
      deletedId: t.id({
        nullable: true,
        description: 'The id that was sent, which none of your resources has now; null when it is no id.',
        resolve: ({ ids }) => ids[0] ?? null,
      }),
      deleted: t.exposeInt('deleted', { description: DELETED }),
    }),
  });
  const DeleteResourcesPayload = builder.objectRef<Deleted>('DeleteResourcesPayload').implement({
    description: 'What a delete of many has come to.',
    fields: (t) => ({
      deletedIds: t.idList({
        description: 'The ids that were sent, which none of your resources has now; what is no id is left out.',
        resolve: ({ ids }) => [...ids],
      }),
      deleted: t.exposeInt('deleted', { description: DELETED }),
    }),
  });
  const DeleteDirectoryPayload = builder.objectRef<DeletedDirectory>('DeleteDirectoryPayload').implement({
    description: 'What the delete of a directory has come to.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'The path of the directory, in which nothing is now.' }),
      deleted: t.exposeInt('deleted', { description: DELETED }),
    }),
  });
  return { DeleteResourcePayload, DeleteResourcesPayload, DeleteDirectoryPayload };
}
