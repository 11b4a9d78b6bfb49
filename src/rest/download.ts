// REST's download: a resource's bytes, whole or in part, to whoever has a token or a signed address; and such addresses.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { countBytes, resolveRange } from '../domain/download/byte-range.ts';
import type { Download } from '../domain/download/download.ts';
import { type Disposition, presentFile } from '../domain/download/presentation.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Exchange, openCaller, signalOf } from '../http/caller.ts';
import { createReaderWatch, READER_PATIENCE } from '../http/reader-patience.ts';
import { openBody } from '../http/send-bytes.ts';
import type { Transport } from '../http/transport.ts';
import {
  parseDownloadLink,
  restContentQuery,
  restDownloadUrlQuery,
  restVersionContentQuery,
  toDownloadUrl,
} from '../schema/download-address.ts';
import { parseInput } from '../schema/parse-input.ts';
import { parseVersionNumber } from '../schema/versions.ts';
import { isRangeWanted, judgeConditions, type Validators } from './conditions.ts';
import { parseRangeHeader, toContentRange } from './range-header.ts';

/**
 * Opened as a page of its own, a content may show its pixels and play its sound, without an origin, and do nothing else.
 * Browsers play media there only because CORS allows it to everybody.
 */
const CONTENT_CSP = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox";

/** Mounts `GET` and `HEAD /v1/resources/{id}/content`, and the same of a version. */
export function mountContent(rest: FastifyInstance, options: Transport): void {
  const readers = createReaderWatch(READER_PATIENCE);
  rest.route<{ Params: { id: string } }>({
    method: ['GET', 'HEAD'],
    url: '/v1/resources/:id/content',
    handler: async (request, reply) => {
      const exchange = { request, reply };
      const query = parseInput(restContentQuery, request.query);
      const found = await find(request.params.id, { ...options, exchange, query });
      return await answerContent(found, { exchange, readers, disposition: query.disposition });
    },
  });

  const { operations, authenticate } = options;
  rest.route<{ Params: { id: string; number: string } }>({
    method: ['GET', 'HEAD'],
    url: '/v1/resources/:id/versions/:number/content',
    handler: async (request, reply) => {
      const exchange = { request, reply };
      const { disposition } = parseInput(restVersionContentQuery, request.query);
      const caller = await openCaller(exchange, authenticate);
      const { id, number } = request.params;
      const download = await operations.versionContent({ id, number: parseVersionNumber(number) }, caller);
      return await answerContent({ download, signal: caller.signal }, { exchange, readers, disposition });
    },
  });
}

type Found = { readonly download: Download; readonly signal: AbortSignal };
type Answering = {
  readonly exchange: Exchange;
  readonly readers: ReturnType<typeof createReaderWatch>;
  readonly disposition: Disposition;
};

/** Sends the bytes that are asked for, or none where the caller has them. */
async function answerContent(
  { download, signal }: Found,
  { exchange, readers, disposition }: Answering,
): Promise<FastifyReply> {
  const { request, reply } = exchange;
  Object.assign(request.event, { resourceId: download.id, account: download.accountId });

  const validators = { etag: `"${download.sha256}"`, lastModified: download.createdAt.toUTCString() };
  const verdict = judgeConditions(request.headers, validators);
  if (verdict === 'failed') throw new GatewayError('precondition_failed', { id: download.id });
  if (verdict === 'unchanged') return await setValidators(reply, validators).code(304).send();

  const isWhole = request.method === 'HEAD' || !isRangeWanted(request.headers, validators);
  const requested = isWhole ? null : parseRangeHeader(request.headers.range);
  const range = resolveRange(requested, download.sizeBytes);
  const sizeBytes = countBytes(range, download.sizeBytes);
  const send = { exchange, signal, sizeBytes, readers };
  // Before the first header is set: a refusal must not carry those of a content.
  const body = request.method === 'HEAD' ? null : await openBody(await download.open(range, { signal }), send);
  setValidators(setFileHeaders(reply, download, disposition), validators);
  reply.header('content-length', sizeBytes);
  if (range !== null) reply.code(206).header('content-range', toContentRange(range, download.sizeBytes));
  return body === null ? reply.send() : body.send();
}

/** Mounts `GET /v1/resources/{id}/download-url`. */
export function mountDownloadUrl(rest: FastifyInstance, { operations, authenticate, originOf }: Transport): void {
  rest.get<{ Params: { id: string } }>('/v1/resources/:id/download-url', async (request, reply) => {
    const { id } = request.params;
    Object.assign(request.event, { operation: 'downloadUrl', resourceId: id });
    const caller = await openCaller({ request, reply }, authenticate);
    const { disposition } = parseInput(restDownloadUrlQuery, request.query);
    const address = await operations.downloadUrl({ id, disposition }, caller);
    const { url, expiresAt } = toDownloadUrl(address, { origin: originOf(request), disposition });
    return { url, expires_at: expiresAt };
  });
}

type FindOptions = Transport & { exchange: Exchange; query: ReturnType<typeof restContentQuery.parse> };

/** By a signed address when it is one, else by the token. */
async function find(id: string, { operations, authenticate, exchange, query }: FindOptions): Promise<Found> {
  const link = parseDownloadLink(id, query);
  if (link !== null) {
    const signal = signalOf(exchange.reply);
    return { download: await operations.linkedContent(link, { signal }), signal };
  }
  const caller = await openCaller(exchange, authenticate);
  return { download: await operations.content(id, caller), signal: caller.signal };
}

/** A private cache may keep a content, and asks each time whether it still may have it. */
function setValidators(reply: FastifyReply, { etag, lastModified }: Validators): FastifyReply {
  return reply.headers({ etag, 'last-modified': lastModified, 'cache-control': 'private, no-cache' });
}

function setFileHeaders(reply: FastifyReply, download: Download, disposition: Disposition): FastifyReply {
  const { contentType, contentDisposition } = presentFile(download, disposition);
  return reply.headers({
    'content-type': contentType,
    'content-disposition': contentDisposition,
    'accept-ranges': 'bytes',
    'content-security-policy': CONTENT_CSP,
  });
}
