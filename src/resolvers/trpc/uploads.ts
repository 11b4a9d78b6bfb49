// The tRPC procedures of uploads, each a translation of one domain call. Their bytes go another way.
import type { z } from 'zod';
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { nullsAbsent, parseInput } from '../../schema/parse-input.ts';
import { type PublicResource, toPublicResource } from '../../schema/resource.ts';
import {
  createUploadInput,
  infiniteUploadsInput,
  intendedResourceInput,
  type PublicUpload,
  toCreateUploadInput,
  toPublicReceivedParts,
  toPublicSignedParts,
  toPublicUpload,
  toPublicUploadPage,
  uploadIdInput,
  uploadPartsInput,
  type WrittenCreateUpload,
} from '../../schema/upload.ts';
import type { CallContext } from '../call-context.ts';
import { procedure } from './procedure.ts';

const shownBy = ({ origin }: CallContext) => ({ origin, spell: (field: string) => field });

const createInput = nullsAbsent(createUploadInput) as z.ZodType<
  z.output<typeof createUploadInput>,
  WrittenCreateUpload
>;

/** Procedures of `upload`. All need the scope `resources:write`. */
export const uploadProcedures = {
  /** Begins an upload. */
  create: procedure.input(createInput).mutation(async ({ input, ctx }) => {
    requireNotStreamed(input, ctx.streamed);
    const wanted = toCreateUploadInput(input, (value) => parseInput(intendedResourceInput, value));
    const { upload } = await ctx.operations.createUpload(wanted, ctx.caller);
    return toPublicUpload(upload, shownBy(ctx));
  }),
  /** How an upload is doing. */
  byId: procedure
    .input(uploadIdInput)
    .query(async ({ input, ctx }) => toPublicUpload(await ctx.operations.upload(input.id, ctx.caller), shownBy(ctx))),
  /** A page of your uploads, the newest first; shaped for infinite queries. */
  list: procedure.input(nullsAbsent(infiniteUploadsInput)).query(async ({ input: { limit, cursor }, ctx }) => {
    const page = await ctx.operations.uploads({ limit, cursor: cursor ?? undefined }, ctx.caller);
    return toPublicUploadPage(page, shownBy(ctx));
  }),
  /** Ends an upload and frees its bytes; 0 when there was none, so a repeat is harmless. */
  cancel: procedure.input(uploadIdInput).mutation(async ({ input, ctx }) => ({
    cancelled: Number(await ctx.operations.cancelUpload(input.id, ctx.caller)),
  })),
  /** Addresses in the store to send parts of a direct upload to. */
  parts: procedure.input(uploadPartsInput).mutation(async ({ input, ctx }) => ({
    parts: toPublicSignedParts(await ctx.operations.uploadParts(input, ctx.caller)),
  })),
  /** The parts of a direct upload that the store has. */
  receivedParts: procedure.input(uploadIdInput).query(async ({ input, ctx }) => ({
    parts: toPublicReceivedParts(await ctx.operations.receivedParts(input.id, ctx.caller)),
  })),
  /** Finishes an upload that has all its bytes, or tells again what it came to; `resource` is null without one. */
  complete: procedure
    .input(uploadIdInput)
    .mutation(async ({ input, ctx }): Promise<{ upload: PublicUpload; resource: PublicResource | null }> => {
      const { upload, resource, result } = await ctx.operations.completeUpload(input.id, ctx.caller);
      if (result !== null) ctx.markCreated({ result, isReplay: false });
      if (resource !== null) ctx.event.resourceId = resource.id;
      return { upload: toPublicUpload(upload, shownBy(ctx)), resource: resource && toPublicResource(resource) };
    }),
};
