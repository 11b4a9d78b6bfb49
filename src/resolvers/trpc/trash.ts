// The tRPC procedures of the trash, each a translation of one domain call.
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { inputObject, nullsAbsent } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import {
  infiniteTrashInput,
  restoreManyTrashedInput,
  restoreTrashedInput,
  toPublicTrashPage,
  trashedIdInput,
} from '../../schema/trash.ts';
import { procedure } from './procedure.ts';

/** Procedures of `trash`. */
export const trashProcedures = {
  /** A page of what was deleted, the last first; shaped for infinite queries. Needs the scope `resources:read`. */
  list: procedure
    .input(nullsAbsent(infiniteTrashInput))
    .query(async ({ input: { deletionId, limit, cursor }, ctx }) => {
      const page = await ctx.operations.trash({ deletionId, limit, cursor: cursor ?? undefined }, ctx.caller);
      return toPublicTrashPage(page);
    }),
  /** Takes one out of the trash. Needs the scope `resources:write`. */
  restore: procedure.input(nullsAbsent(restoreTrashedInput)).mutation(async ({ input, ctx }) => {
    ctx.event.resourceId = input.id;
    requireNotStreamed(input, ctx.streamed);
    const { resource, result } = await ctx.operations.restoreTrashed(input, ctx.caller);
    ctx.markCreated({ result, isReplay: false });
    return toPublicResource(resource);
  }),
  /** Takes many out of the trash, or a whole directory. Needs the scope `resources:write`. */
  restoreMany: procedure.input(nullsAbsent(restoreManyTrashedInput)).mutation(async ({ input, ctx }) => {
    requireNotStreamed(input, ctx.streamed);
    return { restored: await ctx.operations.restoreManyTrashed(input, ctx.caller) };
  }),
  /** Deletes one for good; 0 when there was none, so a repeat is harmless. Needs the scope `resources:delete`. */
  delete: procedure.input(trashedIdInput).mutation(async ({ input: { id }, ctx }) => {
    ctx.event.resourceId = id;
    return { deleted: Number(await ctx.operations.deleteTrashed(id, ctx.caller)) };
  }),
  /** Deletes everything in the trash for good. Needs the scope `resources:delete`. */
  empty: procedure
    .input(inputObject({}).optional())
    .mutation(async ({ ctx }) => ({ deleted: await ctx.operations.emptyTrash({}, ctx.caller) })),
};
