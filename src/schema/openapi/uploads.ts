// The REST operations on uploads. Bytes go by tus to `/v1/tus`, which has a specification of its own.
import { restListUploadsQuery } from '../upload.ts';
import type { Operation } from './operation.ts';

const WRITE = 'Needs the scope `resources:write`.';

export const UPLOAD_OPERATIONS: readonly Operation[] = [
  {
    name: 'createUpload',
    group: 'Uploads',
    summary: 'Begin an upload',
    description:
      'For contents that do not fit in one request, or a bad line. The bytes of a resumable one go to `tus_url`, by tus ' +
      `1.0; those of a direct one into the store, in parts. ${WRITE}`,
    body: 'UploadCreate',
    example: { size_bytes: 4_294_967_296, resource: { name: 'film.mp4', directory_path: '/films' } },
    answers: [{ status: 200, description: 'The upload', body: 'Upload' }],
    failures: [400, 401, 403, 409, 500, 503],
  },
  {
    name: 'uploads',
    group: 'Uploads',
    summary: 'List uploads',
    description: `A page of your uploads, the newest first, until they expire. ${WRITE}`,
    query: restListUploadsQuery,
    answers: [{ status: 200, description: 'A page', body: 'UploadPage' }],
    failures: [400, 401, 403, 500, 503],
  },
  {
    name: 'upload',
    group: 'Uploads',
    summary: 'Read an upload',
    description: `How it is doing; it disturbs no request that brings bytes. ${WRITE}`,
    answers: [{ status: 200, description: 'The upload', body: 'Upload' }],
    failures: [401, 403, 404, 500, 503],
  },
  {
    name: 'cancelUpload',
    group: 'Uploads',
    summary: 'Cancel an upload',
    description: `Ends the request that brings its bytes, and frees what has arrived. Repeating it is harmless. ${WRITE}`,
    answers: [{ status: 200, description: 'Whether there was one: 1 or 0', body: 'Cancelled' }],
    failures: [401, 403, 409, 500, 503],
  },
  {
    name: 'uploadParts',
    group: 'Uploads',
    summary: 'Ask where parts of a direct upload go',
    description: `Signed addresses in the store, each for one part of its exact size. Ask shortly before you send. ${WRITE}`,
    body: 'UploadPartsSign',
    example: { numbers: [1, 2, 3] },
    answers: [{ status: 200, description: 'An address for each number', body: 'UploadParts' }],
    failures: [400, 401, 403, 404, 500, 503],
  },
  {
    name: 'receivedParts',
    group: 'Uploads',
    summary: 'List the parts of a direct upload',
    description: `Those that the store has, as it says itself. ${WRITE}`,
    answers: [{ status: 200, description: 'The parts', body: 'UploadPartsReceived' }],
    failures: [400, 401, 403, 404, 500, 503],
  },
  {
    name: 'completeUpload',
    group: 'Uploads',
    summary: 'Finish an upload',
    description:
      'Once it has all its bytes. Repeating it gives the same answer: the resource, where the upload was to end in one, ' +
      `else the upload. ${WRITE}`,
    answers: [{ status: 200, description: 'What it has come to', body: 'UploadOutcome' }],
    failures: [400, 401, 403, 404, 409, 500, 503],
  },
];
