/// <reference lib="esnext.disposable" preserve="true" />
// What a frontend imports, as types alone: `import type { AppRouter } from 'resource-gateway/trpc'`.
export type { ErrorCode } from '../../domain/errors.ts';
export type { PublicDirectoryPage } from '../../schema/directory.ts';
export type { PublicEvent, PublicEventPage } from '../../schema/events.ts';
export type { PublicResourcePage } from '../../schema/find-resources.ts';
export type { PublicResource } from '../../schema/resource.ts';
export type { PublicReceivedPart, PublicSignedPart, PublicUpload, PublicUploadPage } from '../../schema/upload.ts';
export type { AppRouter } from './router.ts';
