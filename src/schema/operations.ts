// The one table of names: what an operation is called, and where each transport has it. The log, the metrics, OpenAPI's
// operationId and GraphQL's field are the row's key; the transports are typed by it, so that none can differ.
import type { Scope } from '../domain/caller/principal.ts';

type Row = {
  /** GraphQL's root type, and tRPC's kind of procedure. */
  readonly kind: 'query' | 'mutation';
  /** Method and path, with path parameters as OpenAPI writes them. */
  readonly route: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /v1/${string}`;
  /** Below tRPC's `resource`; null where the operation is REST's alone. */
  readonly procedure: string | null;
  readonly scope: Scope;
};

export const OPERATIONS = {
  createResource: { kind: 'mutation', route: 'POST /v1/resources', procedure: 'create', scope: 'resources:write' },
  createResources: {
    kind: 'mutation',
    route: 'POST /v1/resources/batch',
    procedure: 'createMany',
    scope: 'resources:write',
  },
  resource: { kind: 'query', route: 'GET /v1/resources/{id}', procedure: 'byId', scope: 'resources:read' },
  resourceByPath: { kind: 'query', route: 'GET /v1/resources/by-path', procedure: 'byPath', scope: 'resources:read' },
  resources: { kind: 'query', route: 'GET /v1/resources', procedure: 'list', scope: 'resources:read' },
  directory: { kind: 'query', route: 'GET /v1/directories', procedure: 'directory', scope: 'resources:read' },
  content: { kind: 'query', route: 'GET /v1/resources/{id}/content', procedure: null, scope: 'resources:read' },
  downloadUrl: {
    kind: 'query',
    route: 'GET /v1/resources/{id}/download-url',
    procedure: 'downloadUrl',
    scope: 'resources:read',
  },
  updateResource: {
    kind: 'mutation',
    route: 'PATCH /v1/resources/{id}',
    procedure: 'update',
    scope: 'resources:write',
  },
  deleteResource: {
    kind: 'mutation',
    route: 'DELETE /v1/resources/{id}',
    procedure: 'delete',
    scope: 'resources:delete',
  },
  deleteResources: {
    kind: 'mutation',
    route: 'POST /v1/resources/delete',
    procedure: 'deleteMany',
    scope: 'resources:delete',
  },
  moveDirectory: {
    kind: 'mutation',
    route: 'POST /v1/directories/move',
    procedure: 'moveDirectory',
    scope: 'resources:write',
  },
  deleteDirectory: {
    kind: 'mutation',
    route: 'DELETE /v1/directories',
    procedure: 'deleteDirectory',
    scope: 'resources:delete',
  },
} as const satisfies { readonly [name: string]: Row };

type Operations = typeof OPERATIONS;

/** What an operation is called in the log, the metrics, OpenAPI and GraphQL. */
export type OperationName = keyof Operations;

/** What tRPC calls an operation. */
export type ProcedureName = NonNullable<Operations[OperationName]['procedure']>;

/** Method and path of an operation in REST. */
export function toRoute(name: OperationName): { readonly method: string; readonly path: string } {
  const [method = '', path = ''] = OPERATIONS[name].route.split(' ');
  return { method, path };
}
