// The GraphQL types of creating many.
import { type PublicOutcome, refusal } from '../create-many.ts';
import { describe } from './descriptions.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that operations refer to. */
export function addCreateOutcome<Context extends object>(builder: GraphqlTypes<Context>) {
  const of = describe(refusal);
  const CreateError = builder.objectRef<NonNullable<PublicOutcome['error']>>('CreateError').implement({
    description: 'Why a resource was not created.',
    fields: (t) => ({
      code: t.exposeString('code', { description: of('code') }),
      message: t.exposeString('message', { description: of('message') }),
    }),
  });

  return builder.objectRef<PublicOutcome>('CreateOutcome').implement({
    description: 'What has become of one of many creates: either a resource or an error.',
    fields: (t) => ({
      resource: t.expose('resource', { type: 'Resource', nullable: true, description: 'The resource, if stored.' }),
      error: t.expose('error', { type: CreateError, nullable: true, description: 'Why not, if not.' }),
    }),
  });
}
