// The GraphQL types of uploads. The object is an `UploadSession`: `Upload` is the file of a multipart request.
import type { Resource } from '../../domain/resource.ts';
import type { Upload } from '../../domain/uploads/upload.ts';
import {
  cancelled,
  createUploadInput,
  intendedResourceInput,
  type PublicUpload,
  receivedPartFields,
  signedPartFields,
  uploadFields,
} from '../upload.ts';
import { toEnumValues } from './enum-values.ts';
import { addInput, addObject, addPage } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** What the end of an upload has come to. */
type CompletedUpload = { readonly upload: PublicUpload; readonly resource: Resource | null };

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlUploadTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const UploadMethod = builder.enumType('UploadMethod', {
    description: "How an upload's bytes come.",
    values: toEnumValues<Upload['method']>({
      resumable: 'Piece by piece through the gateway, by tus 1.0.',
      direct: 'In parts, from the client into the store.',
    }),
  });
  const UploadState = builder.enumType('UploadState', {
    description: 'How far an upload is.',
    values: toEnumValues<Upload['state']>({
      open: 'Bytes may arrive.',
      complete: 'All bytes are there, and nobody has taken them.',
      consumed: 'A resource has its content.',
      failed: 'What arrived is not what was announced.',
    }),
  });
  const IntendedResourceInput = addInput(builder, intendedResourceInput, {
    name: 'IntendedResourceInput',
    description: 'The resource that an upload is to end in.',
    types: { onConflict: 'ConflictPolicy' },
  });
  const CreateUploadInput = addInput(builder, createUploadInput, {
    name: 'CreateUploadInput',
    description: 'An upload that is to begin.',
    types: { method: UploadMethod, resource: IntendedResourceInput },
  });
  const UploadSession = addObject(builder, uploadFields, {
    name: 'UploadSession',
    description: 'A content on its way.',
    types: { state: UploadState, method: UploadMethod },
  });
  const UploadPage = addPage(builder, UploadSession, {
    name: 'UploadPage',
    description: 'A page of uploads, the newest first.',
    items: 'The uploads.',
  });
  const CompleteUploadPayload = builder.objectRef<CompletedUpload>('CompleteUploadPayload').implement({
    description: 'What the end of an upload has come to.',
    fields: (t) => ({
      upload: t.expose('upload', { type: UploadSession, description: 'The upload as it is now.' }),
      resource: t.expose('resource', {
        type: 'Resource',
        nullable: true,
        description: 'What it was to end in, if anything.',
      }),
    }),
  });
  const CancelUploadPayload = addObject(builder, cancelled, {
    name: 'CancelUploadPayload',
    description: 'What a cancel has come to.',
  });
  const UploadPart = addObject(builder, signedPartFields, {
    name: 'UploadPart',
    description: 'Where a part of a direct upload goes.',
  });
  const ReceivedPart = addObject(builder, receivedPartFields, {
    name: 'ReceivedPart',
    description: 'A part of a direct upload that the store has.',
  });
  return {
    CreateUploadInput,
    UploadSession,
    UploadPage,
    CompleteUploadPayload,
    CancelUploadPayload,
    UploadPart,
    ReceivedPart,
  };
}
