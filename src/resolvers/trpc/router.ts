// The tRPC operations, each a translation of one domain call.
import type { TRPCBuiltRouter } from '@trpc/server';
import { z } from 'zod';
import {
  type CreateResourceRequest,
  createResourceInput,
  toCreateResourceInput,
  type WrittenCreateResource,
} from '../../schema/create-resource.ts';
import type { ProcedureName } from '../../schema/operations.ts';
import { inputObject, nullsAbsent } from '../../schema/parse-input.ts';
import { required } from '../../schema/required.ts';
import { toPublicResource } from '../../schema/resource.ts';
import { toPublicUsage } from '../../schema/usage.ts';
import { changeProcedures } from './change.ts';
import { downloadUrl } from './download.ts';
import { eventProcedures } from './events.ts';
import { readProcedures } from './find.ts';
import { type ErrorShape, procedure, t } from './procedure.ts';
import { trashProcedures } from './trash.ts';
import { uploadProcedures } from './uploads.ts';
import { versionProcedures } from './versions.ts';
import { webhookProcedures } from './webhooks.ts';

/** A form is taken apart while it arrives, so that its fields come here as the same object that JSON would be. */
const createInput = nullsAbsent(createResourceInput) as z.ZodType<
  CreateResourceRequest,
  WrittenCreateResource | FormData
>;

export const appRouter = t.router({
  resource: t.router({
    ...readProcedures,
    ...changeProcedures,
    ...versionProcedures,
    downloadUrl,
    /** Stores a file and describes it. Needs the scope `resources:write`. */
    create: procedure.input(createInput).mutation(async ({ input, ctx }) => {
      const wanted = toCreateResourceInput(input, ctx.streamed);
      const created = await ctx.operations.createResource(wanted, ctx.caller);
      ctx.markCreated(created);
      const { resource } = created;
      Object.assign(ctx.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
      return toPublicResource(resource);
    }),
    /** The resource with this id in your account. Needs the scope `resources:read`. */
    byId: procedure
      .input(inputObject({ id: z.string(required('must be a string')) }))
      .query(async ({ input, ctx }) => toPublicResource(await ctx.operations.resource(input.id, ctx.caller))),
  } satisfies Record<ProcedureName<'resource'>, unknown>),
  trash: t.router(trashProcedures satisfies Record<ProcedureName<'trash'>, unknown>),
  upload: t.router(uploadProcedures satisfies Record<ProcedureName<'upload'>, unknown>),
  usage: t.router({
    /** What the account uses at this moment, and may use. Needs the scope `resources:read`. */
    get: procedure.query(async ({ ctx }) => toPublicUsage(await ctx.operations.usage({}, ctx.caller))),
  } satisfies Record<ProcedureName<'usage'>, unknown>),
  event: t.router(eventProcedures satisfies Record<ProcedureName<'event'>, unknown>),
  webhook: t.router(webhookProcedures satisfies Record<ProcedureName<'webhook'>, unknown>),
});

/** The procedures without what they are given here: a client's types need neither our context nor what that is made of. */
function withoutContext<T>(record: T): { [Family in keyof T]: { [Name in keyof T[Family]]: T[Family][Name] } } {
  return record;
}

export const procedures = withoutContext(appRouter._def.record);

type Root = { ctx: object; meta: object; errorShape: ErrorShape; transformer: false };

/** The router's type, for clients. */
export type AppRouter = TRPCBuiltRouter<Root, typeof procedures>;
