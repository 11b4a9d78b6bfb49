// The tRPC procedures that find, each a translation of one domain call.
import { readDirectoryInput, toPublicDirectoryPage, toReadDirectoryInput } from '../../schema/directory.ts';
import {
  findByPathInput,
  infiniteListInput,
  toListResourcesInput,
  toPublicResourcePage,
} from '../../schema/find-resources.ts';
import { nullsAbsent } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import { procedure } from './procedure.ts';

/** Procedures of `resource`. All need the scope `resources:read`. */
export const readProcedures = {
  /** The resource at this exact place. */
  byPath: procedure
    .input(nullsAbsent(findByPathInput))
    .query(async ({ input, ctx }) => toPublicResource(await ctx.operations.resourceByPath(input, ctx.caller))),
  /** A page of those that fit every given filter; shaped for infinite queries. */
  list: procedure
    .input(nullsAbsent(infiniteListInput))
    .query(async ({ input, ctx }) =>
      toPublicResourcePage(await ctx.operations.resources(toListResourcesInput(input), ctx.caller)),
    ),
  /** A directory's sums, and a page of the directories in it. */
  directory: procedure
    .input(nullsAbsent(readDirectoryInput))
    .query(async ({ input, ctx }) =>
      toPublicDirectoryPage(await ctx.operations.directory(toReadDirectoryInput(input), ctx.caller)),
    ),
};
