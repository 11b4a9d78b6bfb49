// The one table of names: what an operation is called, and where each transport has it. The log, the metrics, OpenAPI's
// operationId and GraphQL's field are the row's key; the transports are typed by it, so that none can differ.
import type { Scope } from '../domain/caller/principal.ts';

/** What the table says of an operation. */
export type OperationRow = {
  /** Method and path, with path parameters as OpenAPI writes them; GraphQL and tRPC call a query what REST gets. */
  readonly route: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /v1/${string}`;
  /** tRPC's router and procedure; null where the operation is REST's alone. */
  readonly procedure: `${string}.${string}` | null;
  readonly scope: Scope;
  /** Whether it is a subscription. */
  readonly isLive?: true;
};

export const OPERATIONS = {
  createResource: { route: 'POST /v1/resources', procedure: 'resource.create', scope: 'resources:write' },
  createResources: { route: 'POST /v1/resources/batch', procedure: 'resource.createMany', scope: 'resources:write' },
  resource: { route: 'GET /v1/resources/{id}', procedure: 'resource.byId', scope: 'resources:read' },
  resourceByPath: { route: 'GET /v1/resources/by-path', procedure: 'resource.byPath', scope: 'resources:read' },
  resources: { route: 'GET /v1/resources', procedure: 'resource.list', scope: 'resources:read' },
  directory: { route: 'GET /v1/directories', procedure: 'resource.directory', scope: 'resources:read' },
  content: { route: 'GET /v1/resources/{id}/content', procedure: null, scope: 'resources:read' },
  downloadUrl: {
    route: 'GET /v1/resources/{id}/download-url',
    procedure: 'resource.downloadUrl',
    scope: 'resources:read',
  },
  versions: { route: 'GET /v1/resources/{id}/versions', procedure: 'resource.versions', scope: 'resources:read' },
  versionContent: {
    route: 'GET /v1/resources/{id}/versions/{number}/content',
    procedure: null,
    scope: 'resources:read',
  },
  restoreVersion: {
    route: 'POST /v1/resources/{id}/versions/{number}/restore',
    procedure: 'resource.restoreVersion',
    scope: 'resources:write',
  },
  updateResource: { route: 'PATCH /v1/resources/{id}', procedure: 'resource.update', scope: 'resources:write' },
  deleteResource: { route: 'DELETE /v1/resources/{id}', procedure: 'resource.delete', scope: 'resources:delete' },
  deleteResources: { route: 'POST /v1/resources/delete', procedure: 'resource.deleteMany', scope: 'resources:delete' },
  moveDirectory: { route: 'POST /v1/directories/move', procedure: 'resource.moveDirectory', scope: 'resources:write' },
  deleteDirectory: {
    route: 'DELETE /v1/directories',
    procedure: 'resource.deleteDirectory',
    scope: 'resources:delete',
  },
  trash: { route: 'GET /v1/trash', procedure: 'trash.list', scope: 'resources:read' },
  restoreTrashed: { route: 'POST /v1/trash/{id}/restore', procedure: 'trash.restore', scope: 'resources:write' },
  restoreManyTrashed: { route: 'POST /v1/trash/restore', procedure: 'trash.restoreMany', scope: 'resources:write' },
  deleteTrashed: { route: 'DELETE /v1/trash/{id}', procedure: 'trash.delete', scope: 'resources:delete' },
  emptyTrash: { route: 'DELETE /v1/trash', procedure: 'trash.empty', scope: 'resources:delete' },
  createUpload: { route: 'POST /v1/uploads', procedure: 'upload.create', scope: 'resources:write' },
  upload: { route: 'GET /v1/uploads/{id}', procedure: 'upload.byId', scope: 'resources:write' },
  uploads: { route: 'GET /v1/uploads', procedure: 'upload.list', scope: 'resources:write' },
  cancelUpload: { route: 'DELETE /v1/uploads/{id}', procedure: 'upload.cancel', scope: 'resources:write' },
  appendUpload: { route: 'PATCH /v1/uploads/{id}', procedure: null, scope: 'resources:write' },
  uploadParts: { route: 'POST /v1/uploads/{id}/parts', procedure: 'upload.parts', scope: 'resources:write' },
  receivedParts: { route: 'GET /v1/uploads/{id}/parts', procedure: 'upload.receivedParts', scope: 'resources:write' },
  completeUpload: { route: 'POST /v1/uploads/{id}/complete', procedure: 'upload.complete', scope: 'resources:write' },
  events: { route: 'GET /v1/events', procedure: 'event.list', scope: 'resources:read' },
  usage: { route: 'GET /v1/usage', procedure: 'usage.get', scope: 'resources:read' },
  /** In REST the same route, for whoever asks for a stream. */
  resourceEvents: { route: 'GET /v1/events', procedure: 'event.stream', scope: 'resources:read', isLive: true },
  createWebhook: { route: 'POST /v1/webhooks', procedure: 'webhook.create', scope: 'webhooks:manage' },
  webhooks: { route: 'GET /v1/webhooks', procedure: 'webhook.list', scope: 'webhooks:manage' },
  webhook: { route: 'GET /v1/webhooks/{id}', procedure: 'webhook.byId', scope: 'webhooks:manage' },
  updateWebhook: { route: 'PATCH /v1/webhooks/{id}', procedure: 'webhook.update', scope: 'webhooks:manage' },
  deleteWebhook: { route: 'DELETE /v1/webhooks/{id}', procedure: 'webhook.delete', scope: 'webhooks:manage' },
  testWebhook: { route: 'POST /v1/webhooks/{id}/test', procedure: 'webhook.test', scope: 'webhooks:manage' },
  rotateWebhookSecret: {
    route: 'POST /v1/webhooks/{id}/rotate-secret',
    procedure: 'webhook.rotateSecret',
    scope: 'webhooks:manage',
  },
  replayWebhook: { route: 'POST /v1/webhooks/{id}/replay', procedure: 'webhook.replay', scope: 'webhooks:manage' },
  webhookDeliveries: {
    route: 'GET /v1/webhooks/{id}/deliveries',
    procedure: 'webhook.deliveries',
    scope: 'webhooks:manage',
  },
} as const satisfies { readonly [name: string]: OperationRow };

type Operations = typeof OPERATIONS;

/** What an operation is called in the log, the metrics, OpenAPI and GraphQL. */
export type OperationName = keyof Operations;

type Procedure = NonNullable<Operations[OperationName]['procedure']>;

/** What tRPC calls the operations of one of its routers. */
export type ProcedureName<Router extends string> = Procedure extends infer Path
  ? Path extends `${Router}.${infer Name}`
    ? Name
    : never
  : never;

/** Method and path of an operation in REST. */
export function toRoute(name: OperationName): { readonly method: string; readonly path: string } {
  const [method = '', path = ''] = OPERATIONS[name].route.split(' ');
  return { method, path };
}
