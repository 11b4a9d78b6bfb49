// The GraphQL operations on uploads, each a translation of one domain call. Their bytes go another way.
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { createGraphqlUploadTypes } from '../../schema/graphql/upload-types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import {
  createUploadInput,
  intendedResourceInput,
  toCreateUploadInput,
  toPublicReceivedParts,
  toPublicSignedParts,
  toPublicUpload,
  toPublicUploadPage,
} from '../../schema/upload.ts';
import type { CallContext } from '../call-context.ts';
import { spell } from './errors.ts';

const shownBy = ({ origin }: CallContext) => ({ origin, spell });

/** Adds the operations to a builder that has the root types. */
export function addUploads(builder: GraphqlTypes<CallContext>): void {
  const types = createGraphqlUploadTypes(builder);
  const { CreateUploadInput, UploadSession, UploadPage, CompleteUploadPayload, CancelUploadPayload } = types;
  const { UploadPart, ReceivedPart } = types;

  builder.queryFields((t) => ({
    upload: t.field({
      type: UploadSession,
      nullable: true,
      description: describeOperation('upload'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, context) => {
        return toPublicUpload(await context.operations.upload(id, context.caller), shownBy(context));
      },
    }),
    uploads: t.field({
      type: UploadPage,
      description: describeOperation('uploads'),
      args: {
        first: t.arg.int({ description: 'How many at most, 1 to 200; absent: 50.' }),
        after: t.arg.string({ description: "A previous page's `nextCursor`." }),
      },
      resolve: async (_root, { first, after }, context) => {
        const input = { limit: first ?? undefined, cursor: after ?? undefined };
        return toPublicUploadPage(await context.operations.uploads(input, context.caller), shownBy(context));
      },
    }),
    receivedParts: t.field({
      type: [ReceivedPart],
      description: describeOperation('receivedParts'),
      args: { id: t.arg.id({ required: true, description: 'The id of the upload.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return toPublicReceivedParts(await operations.receivedParts(id, caller));
      },
    }),
  }));

  builder.mutationFields((t) => ({
    createUpload: t.field({
      type: UploadSession,
      description: 'Begins an upload. Needs the scope `resources:write`.',
      args: { input: t.arg({ type: CreateUploadInput, required: true, description: 'The upload.' }) },
      resolve: async (_root, args, context) => {
        const input = parseInput(createUploadInput, args.input);
        requireNotStreamed(input, context.streamed);
        const wanted = toCreateUploadInput(input, (value) => parseInput(intendedResourceInput, value));
        const { upload } = await context.operations.createUpload(wanted, context.caller);
        return toPublicUpload(upload, shownBy(context));
      },
    }),
    cancelUpload: t.field({
      type: CancelUploadPayload,
      description: describeOperation('cancelUpload'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return { cancelled: Number(await operations.cancelUpload(id, caller)) };
      },
    }),
    uploadParts: t.field({
      type: [UploadPart],
      description: describeOperation('uploadParts'),
      args: {
        id: t.arg.id({ required: true, description: 'The id of the upload.' }),
        numbers: t.arg.intList({ required: true, description: 'Which parts, counted from 1; up to 100 at once.' }),
      },
      resolve: async (_root, input, { operations, caller }) => {
        return toPublicSignedParts(await operations.uploadParts(input, caller));
      },
    }),
    completeUpload: t.field({
      type: CompleteUploadPayload,
      description: describeOperation('completeUpload'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, context) => {
        const { upload, resource, result } = await context.operations.completeUpload(id, context.caller);
        if (result !== null) context.markCreated({ result, isReplay: false });
        if (resource !== null) context.event.resourceId = resource.id;
        return { upload: toPublicUpload(upload, shownBy(context)), resource };
      },
    }),
  }));
}
