// The REST operations on resources.
import { restFindByPathQuery } from './find-resource.ts';
import { restListResourcesQuery } from './list-resources.ts';
import type { Header, Operation, Success } from './openapi-operation.ts';

const IF_MATCH: Header = {
  name: 'If-Match',
  description: 'Only in the version that this ETag or `updated_at` names; else 412',
};

/** A resource as it is now, and how to name that version of it. */
const VERSION: Success = {
  status: 200,
  description: 'The resource as it is now',
  body: 'Resource',
  headers: [{ name: 'ETag', description: 'Names this version, for `If-Match`' }],
};

export const RESOURCE_OPERATIONS: readonly Operation[] = [
  {
    id: 'createResource',
    method: 'post',
    path: '/v1/resources',
    group: 'Resources',
    summary: 'Create a new resource',
    description:
      'Stores a file and describes it: the file itself as `content`, or its address as `uri`. Needs the scope ' +
      '`resources:write`. The same fields may also come as `multipart/form-data`, with the file as a part of its own. ' +
      'Beyond the contract, `expected_sha256` (64 hex digits) refuses other content, and the header `Idempotency-Key` ' +
      'makes a create safe to repeat.',
    body: 'ResourceCreate',
    answers: [{ status: 200, description: 'OK', body: 'Resource' }],
    failures: [400, 401, 403, 409, 500],
  },
  {
    id: 'createResources',
    method: 'post',
    path: '/v1/resources/batch',
    group: 'Resources',
    summary: 'Create many resources',
    description:
      'Up to 100 at once, each with an outcome of its own: one that is refused stops no other. Needs the scope ' +
      '`resources:write`.',
    body: 'ResourceBatch',
    answers: [{ status: 200, description: 'The outcomes, in the order of the items', body: 'ResourceBatchOutcome' }],
    failures: [400, 401, 403, 500],
  },
  {
    id: 'listResources',
    method: 'get',
    path: '/v1/resources',
    group: 'Resources',
    summary: 'List and search resources',
    description:
      'A page of your resources. Every filter that is given has to fit. The cursor stays right while resources come and ' +
      'go. Needs the scope `resources:read`.',
    query: restListResourcesQuery,
    answers: [{ status: 200, description: 'A page', body: 'ResourcePage' }],
    failures: [400, 401, 403, 500],
  },
  {
    id: 'readResource',
    method: 'get',
    path: '/v1/resources/{id}',
    group: 'Resources',
    summary: 'Read a resource',
    description: 'By its id. Needs the scope `resources:read`.',
    answers: [VERSION],
    failures: [401, 403, 404, 500],
  },
  {
    id: 'readResourceByPath',
    method: 'get',
    path: '/v1/resources/by-path',
    group: 'Resources',
    summary: 'Read a resource by its path',
    description: 'By its directory and its name. Needs the scope `resources:read`.',
    query: restFindByPathQuery,
    answers: [VERSION],
    failures: [400, 401, 403, 404, 500],
  },
  {
    id: 'updateResource',
    method: 'patch',
    path: '/v1/resources/{id}',
    group: 'Resources',
    summary: 'Rename, move or relabel a resource',
    description:
      'Replaces the fields that are sent and leaves the others as they are. Its bytes are never copied. Needs the scope ' +
      '`resources:write`.',
    headers: [IF_MATCH],
    body: 'ResourceUpdate',
    answers: [VERSION],
    failures: [400, 401, 403, 404, 409, 412, 500],
  },
  {
    id: 'deleteResource',
    method: 'delete',
    path: '/v1/resources/{id}',
    group: 'Resources',
    summary: 'Delete a resource',
    description: 'Repeating it is harmless: what is gone does not count. Needs the scope `resources:delete`.',
    headers: [IF_MATCH],
    answers: [{ status: 200, description: 'How many are gone now: 1 or 0', body: 'Deleted' }],
    failures: [400, 401, 403, 412, 500],
  },
  {
    id: 'deleteResources',
    method: 'post',
    path: '/v1/resources/delete',
    group: 'Resources',
    summary: 'Delete many resources',
    description: 'Up to 100 at once; what is gone does not count. Needs the scope `resources:delete`.',
    body: 'ResourcesDelete',
    answers: [{ status: 200, description: 'How many are gone now', body: 'Deleted' }],
    failures: [400, 401, 403, 500],
  },
];
