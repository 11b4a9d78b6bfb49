// The GraphQL types of uploads. The object is an `UploadSession`: `Upload` is the file of a multipart request.

import type { Resource } from '../../domain/resource.ts';
import type { Upload } from '../../domain/uploads/upload.ts';
import type { PublicReceivedPart, PublicSignedPart, PublicUpload, PublicUploadPage } from '../upload.ts';
import { toEnumValues } from './enum-values.ts';
import type { GraphqlTypes } from './types.ts';

/** What the end of an upload has come to. */
export type CompletedUpload = { readonly upload: PublicUpload; readonly resource: Resource | null };

/** What a cancel has come to. */
export type CancelledUpload = { readonly cancelled: number };

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
  const IntendedResourceInput = builder.inputType('IntendedResourceInput', {
    description: 'The resource that an upload is to end in.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Name: 1–255 characters, no "/".' }),
      directoryPath: t.string({ required: true, description: 'Directory that holds it, for example "/docs".' }),
      tags: t.stringList({ description: 'Up to 100 tags of 1–255 characters.' }),
      metadata: t.field({ type: 'JSON', description: 'Any JSON object; it comes back exactly as sent.' }),
      expectedSha256: t.string({ description: "The content's sha256 in hex; any other content is refused." }),
      onConflict: t.field({ type: 'ConflictPolicy', description: 'What is to happen when the name is taken.' }),
      ifMatch: t.string({ description: 'With `REPLACE`: the version that is meant; no other is replaced.' }),
    }),
  });
  const CreateUploadInput = builder.inputType('CreateUploadInput', {
    description: 'An upload that is to begin.',
    fields: (t) => ({
      sizeBytes: t.field({ type: 'SafeInt', description: 'How many bytes there will be; a direct upload needs it.' }),
      expectedSha256: t.string({ description: "The content's sha256 in hex; any other content is refused." }),
      method: t.field({ type: UploadMethod, description: '`RESUMABLE` when absent.' }),
      mimeType: t.string({ description: 'The type of the content, as its sender declares it; detected when absent.' }),
      resource: t.field({ type: IntendedResourceInput, description: 'What it is to end in, if anything.' }),
    }),
  });

  const UploadSession = builder.objectRef<PublicUpload>('UploadSession').implement({
    description: 'A content on its way.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Unique identifier; identifiers order by time.' }),
      state: t.expose('state', { type: UploadState, description: 'How far it is.' }),
      method: t.expose('method', { type: UploadMethod, description: 'How its bytes come.' }),
      sizeBytes: t.expose('sizeBytes', {
        type: 'SafeInt',
        nullable: true,
        description: 'Size of the whole content; null while it is not known.',
      }),
      offset: t.expose('offset', {
        type: 'SafeInt',
        description: 'How many bytes are there; of a direct upload 0 until it is complete.',
      }),
      expectedSha256: t.exposeString('expectedSha256', {
        nullable: true,
        description: "What the content's sha256 has to be.",
      }),
      partSizeBytes: t.expose('partSizeBytes', {
        type: 'SafeInt',
        nullable: true,
        description: 'Of a direct upload: the size of each part but the last.',
      }),
      tusUrl: t.exposeString('tusUrl', {
        nullable: true,
        description: 'Where its bytes go, by tus 1.0; null when they go into the store directly.',
      }),
      resourceId: t.exposeID('resourceId', { nullable: true, description: 'The resource that has its content.' }),
      error: t.exposeString('error', { nullable: true, description: 'Why it could not be finished.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was begun.' }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When it is removed unless something happens with it.',
      }),
    }),
  });
  const UploadPage = builder.objectRef<PublicUploadPage>('UploadPage').implement({
    description: 'A page of uploads, the newest first.',
    fields: (t) => ({
      items: t.expose('items', { type: [UploadSession], description: 'The uploads.' }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: 'For `after`; null when nothing follows.',
      }),
    }),
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
  const CancelUploadPayload = builder.objectRef<CancelledUpload>('CancelUploadPayload').implement({
    description: 'What a cancel has come to.',
    fields: (t) => ({
      cancelled: t.exposeInt('cancelled', {
        description: '1 when there was such an upload, 0 when there was none: a repeat is harmless.',
      }),
    }),
  });
  return {
    CreateUploadInput,
    UploadSession,
    UploadPage,
    CompleteUploadPayload,
    CancelUploadPayload,
    ...createParts(builder),
  };
}

function createParts<Context extends object>(builder: GraphqlTypes<Context>) {
  const UploadPart = builder.objectRef<PublicSignedPart>('UploadPart').implement({
    description: 'Where a part of a direct upload goes.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: 'Which part.' }),
      url: t.exposeString('url', { description: 'Where to PUT its bytes.' }),
      headers: t.expose('headers', { type: 'JSON', description: 'What to send with them, as it is.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the address holds.' }),
    }),
  });
  const ReceivedPart = builder.objectRef<PublicReceivedPart>('ReceivedPart').implement({
    description: 'A part of a direct upload that the store has.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: 'Which part.' }),
      sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', description: 'Its size.' }),
    }),
  });
  return { UploadPart, ReceivedPart };
}
