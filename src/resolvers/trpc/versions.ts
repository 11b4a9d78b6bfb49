// The tRPC procedures of versions, each a translation of one domain call. Their bytes go by REST.
import { nullsAbsent } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import { infiniteVersionsInput, toPublicVersionPage, versionInput } from '../../schema/versions.ts';
import { procedure } from './procedure.ts';

/** Procedures of `resource`. */
export const versionProcedures = {
  /** A page of a resource's versions, the newest first; shaped for infinite queries. Needs the scope `resources:read`. */
  versions: procedure.input(nullsAbsent(infiniteVersionsInput)).query(async ({ input: { id, limit, cursor }, ctx }) => {
    ctx.event.resourceId = id;
    return toPublicVersionPage(await ctx.operations.versions({ id, limit, cursor: cursor ?? undefined }, ctx.caller));
  }),
  /** Gives a resource an earlier content again, as a new version on top. Needs the scope `resources:write`. */
  restoreVersion: procedure.input(versionInput).mutation(async ({ input, ctx }) => {
    ctx.event.resourceId = input.id;
    const { resource, result } = await ctx.operations.restoreVersion(input, ctx.caller);
    ctx.markCreated({ result, isReplay: false });
    return toPublicResource(resource);
  }),
};
