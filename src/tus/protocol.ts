// The headers of tus 1.0 and its extensions, read strictly.
import type { IncomingHttpHeaders } from 'node:http';
import { invalidInput, malformedRequest } from '../domain/errors.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type PieceChecksum } from '../domain/uploads/checksum.ts';

export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,creation-with-upload,creation-defer-length,termination,expiration,checksum';
/** The type of every body that brings bytes. */
export const OFFSET_STREAM = 'application/offset+octet-stream';

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,15})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DIGEST_BYTES: { readonly [Algorithm in ChecksumAlgorithm]: number } = { sha1: 20, sha256: 32 };

/** A header that is a number of bytes; null when it is absent. @throws GatewayError `malformed_request` */
export function parseBytesHeader(headers: IncomingHttpHeaders, name: string): number | null {
  const sent = headers[name];
  if (sent === undefined) return null;
  const number = Number(sent);
  if (typeof sent === 'string' && WHOLE_NUMBER.test(sent) && Number.isSafeInteger(number)) return number;
  throw malformedRequest(`the header ${toShown(name)} must be a whole number of bytes`);
}

/** `Upload-Checksum`: an algorithm and a digest in base64; null when it is absent. @throws GatewayError `malformed_request` */
export function parseChecksum({ 'upload-checksum': sent }: IncomingHttpHeaders): PieceChecksum | null {
  if (sent === undefined) return null;
  const [name = '', text = '', ...more] = String(sent).trim().split(' ');
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
  if (algorithm === undefined) {
    throw malformedRequest(`the algorithm of Upload-Checksum must be one of ${CHECKSUM_ALGORITHMS.join(', ')}`);
  }
  const digest = Buffer.from(text, 'base64');
  if (more.length > 0 || !BASE64.test(text) || digest.length !== DIGEST_BYTES[algorithm]) {
    throw malformedRequest(`Upload-Checksum must be ${algorithm} and its digest in base64, with one space between`);
  }
  return { algorithm, digest };
}

const MAX_PAIRS = 100;

/**
 * `Upload-Metadata`: keys, each with a value in base64 or without one, between commas.
 * @throws GatewayError `malformed_request`; `invalid_input` on a value that is no UTF-8, or a key that is there twice
 */
export function parseUploadMetadata(sent: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (sent.trim() === '') return values;
  const pairs = sent.split(',');
  if (pairs.length > MAX_PAIRS) throw malformedRequest(`Upload-Metadata must not hold more than ${MAX_PAIRS} keys`);
  for (const pair of pairs) {
    const [key = '', text = '', ...more] = pair.trim().split(' ');
    if (key === '' || more.length > 0 || !BASE64.test(text)) {
      throw malformedRequest(
        'Upload-Metadata must be keys, each followed by a space and its value in base64, with commas between',
      );
    }
    if (values.has(key)) throw invalidInput(key, 'must be given once in Upload-Metadata');
    values.set(key, toText(key, text));
  }
  return values;
}

function toText(key: string, base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    throw invalidInput(key, 'must be UTF-8 in Upload-Metadata');
  }
}

/** `Upload-Offset` for example, as the specification writes it. */
function toShown(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, dash: string, letter: string) => `${dash}${letter.toUpperCase()}`);
}
