// The REST operations on a resource's bytes.
import { restContentQuery, restDownloadUrlQuery, restVersionContentQuery } from '../download-address.ts';
import type { Header, Operation, OperationGroup } from './operation.ts';

const CONTENT_HEADERS: readonly Header[] = [
  { name: 'Range', description: 'One range of bytes, such as `bytes=0-1023`, `bytes=1024-` or `bytes=-512`' },
  { name: 'If-Range', description: 'Follow `Range` only while the content has this ETag or Last-Modified' },
  { name: 'If-None-Match', description: 'Answer 304 while the content has one of these ETags' },
  { name: 'If-Match', description: 'Answer 412 unless the content has one of these ETags' },
];

const CONTENT: Omit<Operation, 'name' | 'summary'> = {
  query: restContentQuery,
  headers: CONTENT_HEADERS,
  answers: [
    {
      status: 200,
      description: 'The content. Its ETag is the SHA-256',
      body: 'bytes',
      headers: [
        { name: 'ETag', description: 'The SHA-256 of the content, in quotation marks' },
        { name: 'Last-Modified', description: 'When the content was stored' },
        { name: 'Accept-Ranges', description: '`bytes`: `Range` may be sent', example: 'bytes' },
        { name: 'Content-Length', description: 'The number of bytes' },
        { name: 'Content-Disposition', description: 'The name, and whether to save or to show it' },
      ],
    },
    {
      status: 206,
      description: 'The part that `Range` asks for',
      body: 'bytes',
      headers: [
        { name: 'Content-Range', description: 'Which part of how many bytes', example: 'bytes 0-1023/4096' },
        { name: 'ETag', description: 'The SHA-256 of the whole content, in quotation marks' },
        { name: 'Content-Length', description: 'The number of bytes of the part' },
      ],
    },
    { status: 304, description: 'The content is still what `If-None-Match` names', body: null },
  ],
  failures: [400, 401, 403, 404, 412, 416, 500, 503],
  tokenless: true,
};

export const CONTENT_OPERATIONS: OperationGroup = {
  name: 'Content',
  description: 'The bytes of a resource.',
  operations: [
    {
      ...CONTENT,
      name: 'content',
      summary: 'Download the content',
      description:
        'The bytes of a resource, whole or in part. A signed address, as `downloadUrl` gives it, needs no token.',
    },
    {
      ...CONTENT,
      name: 'content',
      isHead: true,
      summary: 'Ask for the headers of a download',
      description: 'What `GET` would answer for the whole content, without the content.',
      answers: CONTENT.answers.filter(({ status }) => status !== 206).map((answer) => ({ ...answer, body: null })),
      failures: CONTENT.failures.filter((status) => status !== 416),
    },
    {
      ...CONTENT,
      name: 'versionContent',
      summary: 'Download the content of a version',
      description: 'The bytes that a resource had, whole or in part.',
      query: restVersionContentQuery,
      tokenless: false,
    },
    {
      name: 'downloadUrl',
      summary: 'Ask for an address of the content',
      description:
        'An absolute address that gives the content without a token for a while: signed by the store where that is set ' +
        'up, by the gateway otherwise.',
      query: restDownloadUrlQuery,
      answers: [{ status: 200, description: 'The address, and until when it holds', body: 'DownloadUrl' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
  ],
};
