// The tRPC procedure that tells what an account uses.
import { toPublicUsage } from '../../schema/usage.ts';
import { procedure } from './procedure.ts';

export const usageProcedures = {
  /** What the account uses at this moment, and may use. Needs the scope `resources:read`. */
  get: procedure.query(async ({ ctx }) => toPublicUsage(await ctx.operations.usage({}, ctx.caller))),
};
