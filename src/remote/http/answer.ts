// What an answer's headers must say before its body is read. It refuses encodings, wrong ranges and what is too large.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../domain/errors.ts';
import { remoteAnswered, remoteFailed } from '../failures.ts';

/** A body about to be read. */
export type HttpAnswer = {
  readonly lengthBytes: number | null;
  readonly declaredMimeType: string | null;
  /** What `If-Range` may hold: a strong ETag or a date (RFC 9110, 13.1.5). Null: a broken body cannot be resumed. */
  readonly validator: string | null;
};

const MIME_TYPE = /^([a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127})[\t ]*(;[\x20-\x7e]*)?$/i;

/** A `content-type` with its type in lower case and its parameters as sent, or null when there is none to be believed. */
export function parseContentType(header: string | undefined): string | null {
  const match = MIME_TYPE.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [, type = '', parameters = ''] = match;
  return (type.toLowerCase() + parameters).slice(0, 255);
}

function requireIdentity(headers: IncomingMessage['headers']): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    throw remoteFailed('the remote sent a content-encoding although none was accepted');
  }
  // The parser undoes chunked and nothing else; what comes before it would be stored as it is.
  const transfer = headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked') throw remoteFailed('the remote sent a transfer-encoding that is not accepted');
}

function toLength(headers: IncomingMessage['headers']): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : Number(length);
}

function toValidator(headers: IncomingMessage['headers']): string | null {
  if (headers['accept-ranges']?.toLowerCase() === 'none') return null;
  const { etag } = headers;
  if (etag !== undefined) return etag.startsWith('"') ? etag : null;
  const changedAt = Date.parse(headers['last-modified'] ?? '');
  // A date is a strong validator only when it is older than the answer by a second (RFC 9110, 8.8.2.2).
  return Date.parse(headers.date ?? '') - changedAt >= 1000 ? (headers['last-modified'] ?? null) : null;
}

/**
 * A whole body: 200, not encoded, not larger than `maxBytes` by its own word.
 * @throws GatewayError `remote_failed`, `content_too_large`
 */
export function requireWhole(response: IncomingMessage, { maxBytes }: { readonly maxBytes: number }): HttpAnswer {
  if (response.statusCode !== 200) throw remoteAnswered(response.statusCode ?? 0);
  requireIdentity(response.headers);
  const lengthBytes = toLength(response.headers);
  if (lengthBytes !== null && lengthBytes > maxBytes) throw new GatewayError('content_too_large', { maxBytes });
  return {
    lengthBytes,
    declaredMimeType: parseContentType(response.headers['content-type']),
    validator: toValidator(response.headers),
  };
}

/**
 * The rest of a body that broke, from `positionBytes` to its end and of the same version.
 * @returns the length of the whole
 * @throws GatewayError `remote_failed`
 */
export function requireRest(
  response: IncomingMessage,
  expected: { readonly positionBytes: number; readonly answer: HttpAnswer },
): number {
  const { positionBytes, answer } = expected;
  const { headers } = response;
  if (response.statusCode !== 206) throw remoteFailed('the remote cut the connection and would not resume');
  requireIdentity(headers);
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(headers['content-range'] ?? '');
  const [start, end, total] = (range ?? []).slice(1).map(Number);
  const isSameVersion =
    headers.etag === undefined || !answer.validator?.startsWith('"') || headers.etag === answer.validator;
  const lengthBytes = toLength(headers);
  if (
    total === undefined ||
    start !== positionBytes ||
    end !== total - 1 ||
    (answer.lengthBytes !== null && answer.lengthBytes !== total) ||
    (lengthBytes !== null && lengthBytes !== total - positionBytes) ||
    !isSameVersion
  ) {
    throw remoteFailed('the remote cut the connection and resumed with other bytes');
  }
  return total;
}
