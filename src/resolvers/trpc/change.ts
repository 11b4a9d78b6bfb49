// The tRPC procedures that change, delete and create many, each a translation of one domain call.
import { createManyInput, readItems, toOutcomeEvent, toPublicOutcome } from '../../schema/create-many.ts';
import { createResourceInput, requireNotStreamed, toCreateResourceInput } from '../../schema/create-resource.ts';
import { deleteDirectoryInput, moveDirectoryInput } from '../../schema/directory.ts';
import { nullsAbsent, parseInput } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import { deleteResourceInput, deleteResourcesInput, updateResourceInput } from '../../schema/update-resource.ts';
import { procedure } from './procedure.ts';

/** Procedures of `resource`. */
export const changeProcedures = {
  /** Stores up to 100 files, each with its own outcome. Needs the scope `resources:write`. */
  createMany: procedure.input(createManyInput).mutation(async ({ input, ctx }) => {
    const read = (item: unknown) => toCreateResourceInput(parseInput(createResourceInput, item), ctx.streamed);
    const outcomes = await ctx.operations.createResources(readItems(input.items, read), ctx.caller);
    Object.assign(ctx.event, toOutcomeEvent(outcomes));
    return { items: outcomes.map(toPublicOutcome) };
  }),
  /** Renames, moves or relabels a resource. Needs the scope `resources:write`. */
  update: procedure.input(nullsAbsent(updateResourceInput)).mutation(async ({ input, ctx }) => {
    ctx.event.resourceId = input.id;
    requireNotStreamed(input, ctx.streamed);
    return toPublicResource(await ctx.operations.updateResource(input, ctx.caller));
  }),
  /** Gives a directory another path, all of it or nothing. Needs the scope `resources:write`. */
  moveDirectory: procedure.input(moveDirectoryInput).mutation(async ({ input, ctx }) => {
    requireNotStreamed(input, ctx.streamed);
    return { moved: await ctx.operations.moveDirectory(input, ctx.caller) };
  }),
  /** Deletes a resource; 0 when there was none, so a repeat is harmless. Needs the scope `resources:delete`. */
  delete: procedure
    .input(nullsAbsent(deleteResourceInput))
    .mutation(async ({ input: { id, ifMatch, permanent }, ctx }) => {
      ctx.event.resourceId = id;
      return { deleted: Number(await ctx.operations.deleteResource({ id, ifMatch, permanent }, ctx.caller)) };
    }),
  /** Deletes up to 100 resources. Needs the scope `resources:delete`. */
  deleteMany: procedure.input(nullsAbsent(deleteResourcesInput)).mutation(async ({ input, ctx }) => ({
    deleted: await ctx.operations.deleteResources(input, ctx.caller),
  })),
  /** Deletes everything in a directory and below it. Needs the scope `resources:delete`. */
  deleteDirectory: procedure.input(nullsAbsent(deleteDirectoryInput)).mutation(async ({ input, ctx }) => ({
    deleted: await ctx.operations.deleteDirectory(input, ctx.caller),
  })),
};
