// The OpenAPI 3.1 document of the REST transport, made from the tables of operations and the schemas that they name.

import { OPERATIONS as TABLE, toRoute } from '../operations.ts';
import { readPackageVersion } from '../package-version.ts';
import { type JsonSchema, toComponentSchemas, toReference } from './component-schemas.ts';
import { CONTENT_OPERATIONS } from './content.ts';
import { DIRECTORY_OPERATIONS } from './directories.ts';
import { EVENT_OPERATIONS } from './events.ts';
import {
  ERROR_CODE,
  FAILURES,
  type FailureStatus,
  type Header,
  type Operation,
  type OperationGroup,
  REQUEST_ID,
  SCHEMAS,
  type SchemaId,
} from './operation.ts';
import { RESOURCE_OPERATIONS } from './resources.ts';
import { TRASH_OPERATIONS } from './trash.ts';
import { UPLOAD_OPERATIONS } from './uploads.ts';
import { USAGE_OPERATIONS } from './usage.ts';
import { VERSION_OPERATIONS } from './versions.ts';
import { WEBHOOK_OPERATIONS } from './webhooks.ts';

type Reference = { $ref: string };
type Encoding = { [field: string]: { style: 'form'; explode: boolean; allowReserved: boolean } };
type MediaTypes = { [contentType: string]: { schema?: JsonSchema; example?: unknown; encoding?: Encoding } };

export type ParameterObject = {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
  example?: string;
};
type HeaderObject = { description: string; schema: JsonSchema; example?: string };
export type ResponseObject = {
  description: string;
  headers?: { [name: string]: HeaderObject };
  content?: MediaTypes;
};
export type OperationObject = {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  parameters?: ParameterObject[];
  requestBody?: { required: boolean; content: MediaTypes };
  responses: { [status: string]: ResponseObject | Reference };
  security?: { [scheme: string]: string[] }[];
};
export type OpenApiDocument = {
  openapi: '3.1.0';
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
    contact: { name: string };
  };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  security: { [scheme: string]: string[] }[];
  paths: { [path: string]: { [method: string]: OperationObject } };
  components: {
    schemas: { [id: string]: JsonSchema };
    responses: { [id: string]: ResponseObject };
    securitySchemes: { [id: string]: { type: 'http'; scheme: 'bearer'; bearerFormat: 'JWT' } };
  };
};

const GROUPS: readonly OperationGroup[] = [
  RESOURCE_OPERATIONS,
  CONTENT_OPERATIONS,
  DIRECTORY_OPERATIONS,
  VERSION_OPERATIONS,
  TRASH_OPERATIONS,
  UPLOAD_OPERATIONS,
  EVENT_OPERATIONS,
  USAGE_OPERATIONS,
  WEBHOOK_OPERATIONS,
];

/** Every REST operation. */
export const OPERATIONS: readonly Operation[] = GROUPS.flatMap(({ operations }) => operations);

/** What an operation's summary leaves open, and the scope that it needs. */
export function toDescription({ name, description }: Operation): string {
  const needed = `Needs the scope \`${TABLE[name].scope}\`.`;
  return description === undefined ? needed : `${description} ${needed}`;
}

const ERROR: JsonSchema = { type: 'object', properties: { error: { type: 'string' } } };

export type OpenApiOptions = {
  /** Which refusals answer with which status; told with each status. */
  readonly statusOf?: { readonly [code: string]: number };
};

/** The document; it is the same for every deployment. */
export function createOpenApiDocument({ statusOf = {} }: OpenApiOptions = {}): OpenApiDocument {
  const schemas = toComponentSchemas(SCHEMAS);
  const paths: OpenApiDocument['paths'] = {};
  for (const { name: tag, operations } of GROUPS) {
    for (const operation of operations) {
      const { method, path } = toRoute(operation.name);
      const verb = operation.isHead ? 'head' : method.toLowerCase();
      paths[path] = { ...paths[path], [verb]: { tags: [tag], ...toOperationObject(operation) } };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Resource gateway',
      version: readPackageVersion(),
      description: 'Files, stored durably and fully described. The same operations are spoken in GraphQL and tRPC.',
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'Whoever runs this gateway; quote the X-Request-Id of the answer' },
    },
    servers: [{ url: '/' }],
    tags: GROUPS.map(({ name, description }) => ({ name, description })),
    security: [{ BearerAuth: [] }],
    paths,
    components: {
      schemas: { ...schemas, Resource: asContracted(schemas.Resource as JsonSchema) },
      responses: Object.fromEntries(
        Object.entries(FAILURES).map(([status, failure]) => [
          failure.id,
          toFailureResponse(failure, listCodes(Number(status), statusOf)),
        ]),
      ),
      securitySchemes: { BearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

/** The contract requires of a resource what is never null, and not its tags; every field is there all the same. */
function asContracted({ required = [], properties = {}, ...resource }: JsonSchema): JsonSchema {
  const isPromised = (name: string) => name !== 'tags' && !mayBeNull(properties[name]);
  return { ...resource, required: required.filter(isPromised), properties };
}

function mayBeNull(schema: JsonSchema | boolean | undefined): boolean {
  return JSON.stringify(schema)?.includes('"null"') ?? false;
}

function listCodes(status: number, statusOf: { readonly [code: string]: number }): string[] {
  return Object.keys(statusOf).filter((code) => statusOf[code] === status);
}

function toFailureResponse(failure: (typeof FAILURES)[FailureStatus], codes: readonly string[]): ResponseObject {
  const code = toHeader(ERROR_CODE);
  return {
    description: failure.description,
    headers: {
      ...toHeaders([...failure.headers, REQUEST_ID]),
      [ERROR_CODE.name]: codes.length === 0 ? code : { ...code, schema: { type: 'string', enum: [...codes] } },
    },
    content: { 'application/json': { schema: ERROR, example: { error: failure.example } } },
  };
}

function toRequestBody({ body, form, bytes, example }: Operation): OperationObject['requestBody'] | undefined {
  // In OpenAPI 3.1 a media type without a schema is bytes.
  const asBytes = bytes === undefined ? undefined : { [bytes]: {} };
  if (body === undefined) return asBytes && { required: true, content: asBytes };
  const asJson = { schema: toReference(body), ...(example && { example }) };
  const asForm = form && { 'multipart/form-data': { schema: toReference(form), encoding: listRepeated(form) } };
  return { required: true, content: { 'application/json': asJson, ...asForm, ...asBytes } };
}

/** Lists are a part for each of their items. */
function listRepeated(form: SchemaId): Encoding {
  const { properties = {} } = toComponentSchemas({ form: SCHEMAS[form] }).form as JsonSchema;
  const lists = Object.entries(properties).filter(([, schema]) => (schema as JsonSchema).type === 'array');
  return Object.fromEntries(lists.map(([name]) => [name, { style: 'form', explode: true, allowReserved: true }]));
}

/** Whatever an account asks may be once too often; the contract's create has no status of its own for it. */
function withRateLimit({ name }: Operation, failures: readonly FailureStatus[]): readonly FailureStatus[] {
  return name === 'createResource' ? failures : [...failures, 429 as const].sort();
}

function toOperationObject(operation: Operation): Omit<OperationObject, 'tags'> {
  const parameters = toParameters(operation);
  const requestBody = toRequestBody(operation);
  const { answers, failures } = operation;
  return {
    operationId: operation.isHead ? `${operation.name}Headers` : operation.name,
    summary: operation.summary,
    description: toDescription(operation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      ...Object.fromEntries(answers.map((answer) => [answer.status, toResponse(answer)])),
      ...Object.fromEntries(withRateLimit(operation, failures).map((status) => [status, toFailure(status)])),
    },
    ...(operation.tokenless ? { security: [{ BearerAuth: [] }, {}] } : {}),
  };
}

function toParameters({ name, query, headers = [] }: Operation): ParameterObject[] {
  const { path } = toRoute(name);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter as string);
  const { properties = {}, required = [] } =
    query === undefined ? {} : (toComponentSchemas({ query }).query as JsonSchema);
  return [
    ...inPath.map((parameter) => ({
      name: parameter,
      in: 'path' as const,
      required: true,
      schema: { type: 'string' as const },
    })),
    ...Object.entries(properties).map(([parameter, property]) => {
      const { description, ...schema } = property as JsonSchema;
      const about = {
        in: 'query' as const,
        required: required.includes(parameter),
        ...(description && { description }),
      };
      return { name: parameter, ...about, schema: asQueryText(schema) };
    }),
    ...headers.map((header) => ({ ...toHeader(header), name: header.name, in: 'header' as const, required: false })),
  ];
}

/** In a query an object is JSON text, and nothing is null. */
function asQueryText(schema: JsonSchema): JsonSchema {
  if (schema.type === 'object') return { type: 'string', contentMediaType: 'application/json' };
  const [type, ...others] = [schema.type ?? []].flat().filter((one) => one !== 'null');
  return type !== undefined && others.length === 0 ? { ...schema, type } : schema;
}

function toHeader({ description, example }: Header): HeaderObject {
  return { description, schema: { type: 'string' }, ...(example !== undefined && { example }) };
}

function toHeaders(headers: readonly Header[]): { [name: string]: HeaderObject } {
  return Object.fromEntries(headers.map((header) => [header.name, toHeader(header)]));
}

/** In a stream each item is one of `data`. */
const EVENT_STREAM: MediaTypes = { 'text/event-stream': { schema: { type: 'string' } } };

function toResponse({ description, body, isStream, headers = [] }: Operation['answers'][number]): ResponseObject {
  return {
    description,
    headers: toHeaders([...headers, REQUEST_ID]),
    // In OpenAPI 3.1 a media type without a schema is bytes.
    ...(body !== null && {
      content: body === 'bytes' ? { '*/*': {} } : { ...json(toReference(body)), ...(isStream && EVENT_STREAM) },
    }),
  };
}

function toFailure(status: FailureStatus): Reference {
  return { $ref: `#/components/responses/${FAILURES[status].id}` };
}

function json(schema: JsonSchema): MediaTypes {
  return { 'application/json': { schema } };
}
