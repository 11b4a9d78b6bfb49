// The REST operations on uploads. Bytes go by tus to '/v1/tus', which has a specification of its own.
import { restListUploadsQuery } from '../upload.ts';
import { restUploadQuery } from '../upload-text.ts';
import type { Header, OperationGroup } from './operation.ts';

const PROGRESS: readonly Header[] = [
  { name: 'Upload-Offset', description: 'How many bytes are there', example: '8388608' },
  { name: 'Upload-Complete', description: 'Whether all are', example: '?0' },
];
const LIMIT: Header = {
  name: 'Upload-Limit',
  description: 'How large it may be, and how long it lives',
  example: 'max-size=5368709120, max-age=86400',
};
export const UPLOAD_OPERATIONS: OperationGroup = {
  name: 'Uploads',
  description: 'Contents on their way, over several requests or into the store directly.',
  operations: [
    {
      name: 'createUpload',
      summary: 'Begin an upload',
      description:
        'For contents that do not fit in one request, or a bad line. The bytes of a resumable one go to `tus_url`, by tus ' +
        '1.0; those of a direct one into the store, in parts. With the header `Upload-Complete` the body is the content, or ' +
        `the beginning of it, as in the IETF's Resumable Uploads for HTTP; the query says then what else is known.`,
      query: restUploadQuery,
      headers: [
        {
          name: 'Upload-Complete',
          description: '`?1`: the body is all of the content; `?0`: more follows',
          example: '?1',
        },
        { name: 'Upload-Length', description: 'How many bytes there will be', example: '4294967296' },
        { name: 'Repr-Digest', description: "What the whole content's SHA-256 has to be", example: 'sha-256=:…:' },
        { name: 'Content-Digest', description: "What the body's SHA-256 has to be; else nothing of it counts" },
        {
          name: 'Content-Disposition',
          description: 'A file name, which serves as `name`',
          example: 'inline; filename="a"',
        },
      ],
      body: 'UploadCreate',
      bytes: 'application/octet-stream',
      example: { size_bytes: 4_294_967_296, resource: { name: 'film.mp4', directory_path: '/films' } },
      answers: [
        {
          status: 200,
          description: 'The upload; with `Upload-Complete: ?1` what it has come to',
          body: 'UploadOutcome',
          headers: PROGRESS,
        },
        {
          status: 201,
          description: 'With `Upload-Complete: ?0`: more may follow',
          body: null,
          headers: [{ name: 'Location', description: 'Where to send it' }, LIMIT, ...PROGRESS],
        },
      ],
      failures: [400, 401, 403, 409, 413, 500, 503],
    },
    {
      name: 'uploads',
      summary: 'List uploads',
      description: 'A page of your uploads, the newest first, until they expire.',
      query: restListUploadsQuery,
      answers: [{ status: 200, description: 'A page', body: 'UploadPage' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'upload',
      summary: 'Read an upload',
      description: 'How it is doing; it disturbs no request that brings bytes.',
      answers: [{ status: 200, description: 'The upload', body: 'Upload' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'upload',
      isHead: true,
      summary: 'Ask how far an upload is',
      description: `For its sender to go on from there. It ends a request that still brings bytes, since that one's sender asks.`,
      answers: [
        {
          status: 204,
          description: 'How far it is',
          body: null,
          headers: [
            ...PROGRESS,
            { name: 'Upload-Length', description: 'How many bytes there will be, once that is known' },
            LIMIT,
            { name: 'Resource-Id', description: 'The resource that has the content' },
          ],
        },
      ],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'appendUpload',
      summary: 'Send more of an upload',
      description: 'Bytes behind those that are there. What arrives before the line breaks is kept.',
      headers: [
        { name: 'Upload-Offset', description: 'Where the bytes begin', example: '8388608' },
        { name: 'Upload-Complete', description: '`?1`: the content ends with these bytes', example: '?0' },
        { name: 'Upload-Length', description: 'How many bytes there will be, when it was not said before' },
        { name: 'Content-Digest', description: "What the body's SHA-256 has to be; else nothing of it counts" },
      ],
      bytes: 'application/partial-upload',
      answers: [
        {
          status: 200,
          description: 'The content is complete: what it has come to',
          body: 'UploadOutcome',
          headers: [...PROGRESS, { name: 'Repr-Digest', description: 'The SHA-256 of the content' }],
        },
        { status: 204, description: 'More may follow', body: null, headers: PROGRESS },
      ],
      failures: [400, 401, 403, 404, 409, 413, 500, 503],
    },
    {
      name: 'cancelUpload',
      summary: 'Cancel an upload',
      description: 'Ends the request that brings its bytes, and frees what has arrived. Repeating it is harmless.',
      answers: [{ status: 200, description: 'Whether there was one: 1 or 0', body: 'Cancelled' }],
      failures: [400, 401, 403, 409, 500, 503],
    },
    {
      name: 'uploadParts',
      summary: 'Ask where parts of a direct upload go',
      description: 'Signed addresses in the store, each for one part of its exact size. Ask shortly before you send.',
      body: 'UploadPartsSign',
      example: { numbers: [1, 2, 3] },
      answers: [{ status: 200, description: 'An address for each number', body: 'UploadParts' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'receivedParts',
      summary: 'List the parts of a direct upload',
      description: 'Those that the store has, as it says itself.',
      answers: [{ status: 200, description: 'The parts', body: 'UploadPartsReceived' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'completeUpload',
      summary: 'Finish an upload',
      description:
        'Once it has all its bytes. Repeating it gives the same answer: the resource, where the upload was to end in one, ' +
        'else the upload.',
      answers: [{ status: 200, description: 'What it has come to', body: 'UploadOutcome' }],
      failures: [400, 401, 403, 404, 409, 500, 503],
    },
  ],
};
