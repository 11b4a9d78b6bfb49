// The GraphQL types of creating many.
import type { CreateResult } from '../../domain/conflict.ts';
import { type GraphqlOutcome, refusal } from '../create-many.ts';
import { toEnumValues } from './enum-values.ts';
import { addObject } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that operations refer to. */
export function addCreateOutcome<Context extends object>(builder: GraphqlTypes<Context>) {
  const CreateError = addObject(builder, refusal, {
    name: 'CreateError',
    description: 'Why a resource was not created.',
  });
  const CreateResultType = builder.enumType('CreateResult', {
    description: 'What a create has come to.',
    values: toEnumValues<CreateResult>({
      created: 'It was stored.',
      kept: 'What stood in its place has the same content, and is the answer.',
      renamed: 'It was stored under another name.',
      replaced: 'What stood in its place has a new version.',
    }),
  });

  return builder.objectRef<GraphqlOutcome>('CreateOutcome').implement({
    description: 'What has become of one of many creates: either a resource or an error.',
    fields: (t) => ({
      resource: t.expose('resource', { type: 'Resource', nullable: true, description: 'The resource, if stored.' }),
      outcome: t.expose('outcome', {
        type: CreateResultType,
        nullable: true,
        description: 'What the create has come to, if not refused.',
      }),
      error: t.expose('error', { type: CreateError, nullable: true, description: 'Why not, if not.' }),
    }),
  });
}
