// The tRPC operations, each a translation of one domain call.
import { initTRPC } from '@trpc/server';
import { z } from 'zod';
import { GatewayError, toHints } from '../domain/errors.ts';
import type { Attempt } from '../domain/idempotency.ts';
import type { Resources } from '../domain/resources.ts';
import type { LiftedContent } from '../domain/staging.ts';
import type { RequestEvent } from '../request-event.ts';
import { type CreateResourceRequest, createResourceInput, toCreateResourceInput } from '../schema/create-resource.ts';
import { type PublicResource, toPublicResource } from '../schema/resource.ts';
import { toTrpcError } from './trpc-errors.ts';

/** What every procedure is given. */
export type TrpcContext = {
  readonly resources: Resources;
  readonly caller: Attempt;
  /** Filled when the body has been read, which is before any procedure sees its input. */
  readonly lifted: LiftedContent;
  readonly event: Partial<RequestEvent>;
  /** Tells the client that a result is an earlier one. */
  markReplayed(): void;
};

const t = initTRPC.context<TrpcContext>().create({
  isDev: false,
  /** `data.resourceId`: what stands in the way of a create, if the caller may read it. */
  errorFormatter: ({ shape, error: { cause } }) => {
    const resourceId = cause instanceof GatewayError ? toHints(cause).existingId : null;
    return { ...shape, data: { ...shape.data, ...(resourceId !== null && { resourceId }) } };
  },
});

/** tRPC hands a failure back as a result; throwing here is what gives it our code and our sentence. */
const procedure = t.procedure.use(async ({ next, path, ctx }) => {
  ctx.event.operation = path;
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/** A form is taken apart while it arrives, so that its fields come here as the same object that JSON would be. */
const createInput = createResourceInput as z.ZodType<CreateResourceRequest, CreateResourceRequest | FormData>;

export const appRouter = t.router({
  resource: t.router({
    /** Stores a file and describes it. Needs the scope `resources:write`. */
    create: procedure.input(createInput).mutation(async ({ input, ctx }): Promise<PublicResource> => {
      const wanted = toCreateResourceInput(input, ctx.lifted);
      const { resource, isReplay } = await ctx.resources.create(wanted, ctx.caller);
      if (isReplay) ctx.markReplayed();
      Object.assign(ctx.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
      return toPublicResource(resource);
    }),
    /** The resource with this id in your account. Needs the scope `resources:read`. */
    byId: procedure
      .input(z.object({ id: z.string('must be a string') }))
      .query(
        async ({ input, ctx }): Promise<PublicResource> =>
          toPublicResource(await ctx.resources.byId(input.id, ctx.caller)),
      ),
  }),
});

/** The router's type, for clients. */
export type AppRouter = typeof appRouter;
