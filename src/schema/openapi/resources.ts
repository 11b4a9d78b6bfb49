// The REST operations on resources.
import { restFindByPathQuery, restListResourcesQuery } from '../find-resources.ts';
import { restDeleteResourceQuery } from '../update-resource.ts';
import { type Header, type OperationGroup, VERSION } from './operation.ts';

const IF_MATCH: Header = {
  name: 'If-Match',
  description: 'Only in the version that this ETag or `updated_at` names; else 412',
};

const IDEMPOTENCY_KEY: Header = {
  name: 'Idempotency-Key',
  description:
    'A key of your own, 1–255 visible ASCII characters; a repeat under it gets the first result, another input a 409',
  example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
};

const HELLO = {
  name: 'hello.txt',
  directory_path: '/docs',
  content: 'data:text/plain;base64,SGVsbG8=',
  tags: ['new'],
  metadata: { project: 'x' },
  expected_sha256: '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969',
};

export const RESOURCE_OPERATIONS: OperationGroup = {
  name: 'Resources',
  description: 'Files and what is known about them.',
  operations: [
    {
      name: 'createResource',
      summary: 'Create a new resource',
      description:
        'Stores a file and describes it: the file itself as `content`, or its address as `uri`. Sent again under the same ' +
        '`Idempotency-Key` it is not done again.',
      headers: [IDEMPOTENCY_KEY],
      body: 'ResourceCreate',
      form: 'ResourceForm',
      example: HELLO,
      answers: [
        {
          status: 200,
          description: 'OK',
          body: 'Resource',
          headers: [
            {
              name: 'Resource-Outcome',
              description:
                '`created`, `kept`, `renamed` or `replaced`; see `on_conflict`, and `if_match`, which may come as `If-Match`',
            },
            { name: 'Idempotency-Replayed', description: '`true`: the result of an earlier request under this key' },
            {
              name: 'Ignored-Fields',
              description: 'The keys of the JSON body that are not known and were not looked at',
            },
          ],
        },
      ],
      failures: [400, 401, 403, 409, 500],
    },
    {
      name: 'createResources',
      summary: 'Create many resources',
      description: 'Up to 100 at once, each with an outcome of its own: one that is refused stops no other.',
      body: 'ResourceBatch',
      example: { items: [HELLO, { name: 'logo.png', directory_path: '/docs', uri: 'https://example.com/logo.png' }] },
      answers: [{ status: 200, description: 'The outcomes, in the order of the items', body: 'ResourceBatchOutcome' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'resources',
      summary: 'List and search resources',
      description:
        'A page of your resources. Every filter that is given has to fit. The cursor stays right while resources come and ' +
        'go.',
      query: restListResourcesQuery,
      answers: [{ status: 200, description: 'A page', body: 'ResourcePage' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'resource',
      summary: 'Read a resource',
      description: 'By its id.',
      answers: [VERSION],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'resourceByPath',
      summary: 'Read a resource by its path',
      description: 'By its directory and its name.',
      query: restFindByPathQuery,
      answers: [VERSION],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'updateResource',
      summary: 'Rename, move or relabel a resource',
      description: 'Replaces the fields that are sent and leaves the others as they are. Its bytes are never copied.',
      headers: [IF_MATCH],
      body: 'ResourceUpdate',
      example: { name: 'hello again.txt', tags: ['old'] },
      answers: [VERSION],
      failures: [400, 401, 403, 404, 409, 412, 500, 503],
    },
    {
      name: 'deleteResource',
      summary: 'Delete a resource',
      description:
        'Into the trash, from where it can be restored for a while. Repeating it is harmless: what is gone does not count.',
      query: restDeleteResourceQuery,
      headers: [IF_MATCH],
      answers: [{ status: 200, description: 'How many are gone now: 1 or 0', body: 'Deleted' }],
      failures: [400, 401, 403, 412, 500, 503],
    },
    {
      name: 'deleteResources',
      summary: 'Delete many resources',
      description: 'Up to 100 at once; what is gone does not count.',
      body: 'ResourcesDelete',
      example: { ids: ['01900000-0000-7000-8000-000000000000'] },
      answers: [{ status: 200, description: 'How many are gone now', body: 'Deleted' }],
      failures: [400, 401, 403, 500, 503],
    },
  ],
};
