// The words in which a REST operation is told: the schemas that it names, what it answers, what can go wrong.
import type { z } from 'zod';
import { restCreateForm } from '../create-form.ts';
import { restCreateManyAnswer, restCreateManyInput } from '../create-many.ts';
import { restCreateResourceInput } from '../create-resource.ts';
import { moveDirectoryInput, moved, restDirectory, restDirectoryPage } from '../directory.ts';
import { restDownloadUrl } from '../download-address.ts';
import { restEvent, restEventPage } from '../events.ts';
import { restResourcePage } from '../find-resources.ts';
import type { OperationName } from '../operations.ts';
import { externalStorageType, restResource } from '../resource.ts';
import {
  restoredMany,
  restRestoreManyTrashedInput,
  restRestoreTrashedInput,
  restTrashed,
  restTrashPage,
} from '../trash.ts';
import { deleted, deleteResourcesInput, restUpdateResourceInput } from '../update-resource.ts';
import {
  cancelled,
  restCreateUploadInput,
  restReceivedParts,
  restSignedParts,
  restUpload,
  restUploadOutcome,
  restUploadPage,
  restUploadPartsInput,
} from '../upload.ts';
import { usage } from '../usage.ts';
import { restVersion, restVersionPage } from '../versions.ts';
import {
  restCreateWebhookInput,
  restDeliveryPage,
  restReplayWebhookInput,
  restUpdateWebhookInput,
  restWebhook,
  restWebhookList,
  restWebhookTest,
  webhookDeleted,
} from '../webhooks.ts';

/** The schemas that operations name, by the names that callers see. */
export const SCHEMAS = {
  ResourceCreate: restCreateResourceInput,
  ResourceForm: restCreateForm,
  Resource: restResource,
  ExternalStorageType: externalStorageType,
  ResourcePage: restResourcePage,
  ResourceBatch: restCreateManyInput,
  ResourceBatchOutcome: restCreateManyAnswer,
  ResourceUpdate: restUpdateResourceInput,
  ResourcesDelete: deleteResourcesInput,
  Directory: restDirectory,
  DirectoryPage: restDirectoryPage,
  DirectoryMove: moveDirectoryInput,
  Deleted: deleted,
  Moved: moved,
  DownloadUrl: restDownloadUrl,
  UploadCreate: restCreateUploadInput,
  Upload: restUpload,
  UploadPage: restUploadPage,
  UploadPartsSign: restUploadPartsInput,
  UploadParts: restSignedParts,
  UploadPartsReceived: restReceivedParts,
  UploadOutcome: restUploadOutcome,
  Cancelled: cancelled,
  Event: restEvent,
  EventPage: restEventPage,
  Trashed: restTrashed,
  TrashPage: restTrashPage,
  TrashRestore: restRestoreTrashedInput,
  TrashRestoreMany: restRestoreManyTrashedInput,
  Restored: restoredMany,
  Version: restVersion,
  VersionPage: restVersionPage,
  Usage: usage,
  WebhookCreate: restCreateWebhookInput,
  Webhook: restWebhook,
  WebhookList: restWebhookList,
  WebhookUpdate: restUpdateWebhookInput,
  WebhookDeleted: webhookDeleted,
  WebhookTest: restWebhookTest,
  WebhookReplay: restReplayWebhookInput,
  WebhookDeliveryPage: restDeliveryPage,
} satisfies { readonly [id: string]: z.ZodType };

export type SchemaId = keyof typeof SCHEMAS;

export type Header = { readonly name: string; readonly description: string; readonly example?: string };

/** What every answer carries. */
export const REQUEST_ID: Header = {
  name: 'X-Request-Id',
  description: 'The `X-Request-Id` that was sent, or one made here; the log line of the request carries it too',
};

/** What every refusal carries. */
export const ERROR_CODE: Header = {
  name: 'X-Error-Code',
  description: 'Which of the codes in docs/errors.md it is, for programs',
};

const RETRY_AFTER: Header = { name: 'Retry-After', description: 'In how many seconds to try again', example: '1' };

/** What can go wrong, by what REST answers then. */
export const FAILURES = {
  400: { id: 'BadRequestError', description: 'Bad Request', example: 'directory_path must be a string', headers: [] },
  401: {
    id: 'UnauthorizedError',
    description: 'Unauthorized',
    example: 'send a token as "Authorization: Bearer <token>"',
    headers: [{ name: 'WWW-Authenticate', description: 'How to say who you are', example: 'Bearer' }],
  },
  403: { id: 'ForbiddenError', description: 'Forbidden', example: 'this needs the scope resources:write', headers: [] },
  404: {
    id: 'NotFoundError',
    description: 'Not Found',
    example: 'no resource with this id exists in your account',
    headers: [],
  },
  409: {
    id: 'ConflictError',
    description: 'Conflict',
    example: 'a resource named "hello.txt" already exists in /docs; choose another name or directory_path',
    headers: [
      {
        name: 'Location',
        description: 'The resource that has the name already, when that is what is in the way',
        example: '/v1/resources/01900000-0000-7000-8000-000000000000',
      },
      { ...RETRY_AFTER, description: 'While another request with this `Idempotency-Key` runs: when to repeat yours' },
    ],
  },
  412: {
    id: 'PreconditionFailedError',
    description: 'Precondition Failed',
    example: 'the resource is not in the version that if_match names; read it again',
    headers: [],
  },
  413: {
    id: 'ContentTooLargeError',
    description: 'Content Too Large',
    example: 'the content is larger than the 5368709120 bytes that this deployment stores',
    headers: [{ name: 'Upload-Limit', description: 'How large it may be', example: 'max-size=5368709120' }],
  },
  416: {
    id: 'RangeNotSatisfiableError',
    description: 'Range Not Satisfiable',
    example: "the range begins after the last of the content's 5 bytes",
    headers: [{ name: 'Content-Range', description: 'How many bytes there are', example: 'bytes */5' }],
  },
  429: {
    id: 'RateLimitedError',
    description: 'Too Many Requests',
    example: 'your account has used up its 600 points in 60 s; try again in 12 seconds',
    headers: [
      RETRY_AFTER,
      {
        name: 'RateLimit',
        description: 'The points that are left, and when they are whole again',
        example: '"default";r=0;t=12',
      },
    ],
  },
  500: {
    id: 'InternalError',
    description: 'Internal Server Error',
    example: 'the request failed for a reason on our side; try again, and quote the x-request-id if it persists',
    headers: [RETRY_AFTER],
  },
  503: {
    id: 'OverloadedError',
    description: 'Service Unavailable',
    example: 'too many reads of your account are on their way at once; try again in 5 seconds',
    headers: [RETRY_AFTER],
  },
} as const satisfies {
  [status: number]: { id: string; description: string; example: string; headers: readonly Header[] };
};

export type FailureStatus = keyof typeof FAILURES;

/** What an operation answers when nothing goes wrong. */
export type Success = {
  readonly status: 200 | 201 | 204 | 206 | 304;
  readonly description: string;
  /** A component, bytes of any type, or nothing. */
  readonly body: SchemaId | 'bytes' | null;
  /** Whether the same may be had as server-sent events. */
  readonly isStream?: true;
  readonly headers?: readonly Header[];
};

/** A resource as it is now, and how to name that version of it. */
export const VERSION: Success = {
  status: 200,
  description: 'The resource as it is now',
  body: 'Resource',
  headers: [{ name: 'ETag', description: 'Names this version, for `If-Match`' }],
};

/** The same with what has become of it. */
export function toOutcome(description: string): Success {
  return { ...VERSION, headers: [...(VERSION.headers ?? []), { name: 'Resource-Outcome', description }] };
}

export type Operation = {
  /** Its row in the table of operations, which says method and path. */
  readonly name: OperationName;
  /** `HEAD` at the same path: an operation of its own in OpenAPI. */
  readonly isHead?: true;
  readonly summary: string;
  /** What the summary leaves open, but for the scope, which the table of operations says. */
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly headers?: readonly Header[];
  readonly body?: SchemaId;
  /** The same as a form. */
  readonly form?: SchemaId;
  /** The type of a body that is a content's bytes. */
  readonly bytes?: string;
  /** A body that would do. */
  readonly example?: object;
  readonly answers: readonly Success[];
  readonly failures: readonly FailureStatus[];
  /** Whether a signed address does instead of a token. */
  readonly tokenless?: boolean;
};

/** Operations that are told together. */
export type OperationGroup = {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Operation[];
};
