// The package's face, in a browser and in Node.
export { type ClientOptions, createClient, type DownloadOptions, type GatewayClient } from './client.ts';
export { type ErrorCode, GatewayError, type GatewayErrorCode, isGatewayError, toGatewayError } from './errors.ts';
export { type Journal, type JournalEntry, storageJournal } from './journal.ts';
export type { UploadProgress } from './progress.ts';
export type { UploadSource } from './source.ts';
export type * from './types.ts';
export type { UploadOptions, UploadWay } from './upload.ts';
export type { UploadItem, UploadManyOptions, UploadOutcome } from './upload-many.ts';
