// The GraphQL types of changing, deleting and creating many.
import type { PublicOutcome } from '../create-many.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlChangeTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const UpdateResourceInput = builder.inputType('UpdateResourceInput', {
    description: 'What is to change; a field that is absent stays as it is.',
    fields: (t) => ({
      name: t.string({ description: 'New name: 1–255 characters, no "/".' }),
      directoryPath: t.string({ description: 'New directory, for example "/docs".' }),
      tags: t.stringList({ description: 'Up to 100 tags of 1–255 characters, in place of all that there are.' }),
      metadata: t.field({ type: 'JSON', description: 'Any JSON object, in place of all there is; null clears it.' }),
      ifMatch: t.string({
        description: 'The `updatedAt` of the version that is meant; any other version is refused.',
      }),
    }),
  });

  const CreateError = builder.objectRef<NonNullable<PublicOutcome['error']>>('CreateError').implement({
    description: 'Why a resource was not created.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'What kind of refusal it is, for example "conflict".' }),
      message: t.exposeString('message', { description: 'What to change, in a sentence.' }),
    }),
  });

  const CreateOutcome = builder.objectRef<PublicOutcome>('CreateOutcome').implement({
    description: 'What has become of one of many creates: either a resource or an error.',
    fields: (t) => ({
      resource: t.expose('resource', { type: 'Resource', nullable: true, description: 'The resource, if stored.' }),
      error: t.expose('error', { type: CreateError, nullable: true, description: 'Why not, if not.' }),
    }),
  });

  return { UpdateResourceInput, CreateOutcome };
}
