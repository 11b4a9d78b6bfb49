// The headers of the IETF's "Resumable Uploads for HTTP" (interop version 8), as structured fields (RFC 9651): whatever is
// not of its type is not there.
import type { IncomingHttpHeaders } from 'node:http';
import { malformedRequest } from '../../domain/errors.ts';
import type { PieceChecksum } from '../../domain/uploads/checksum.ts';

export const PARTIAL_UPLOAD = 'application/partial-upload';
/** The version of the draft whose interim answers a client has to ask for. */
export const INTEROP_VERSION = '8';

const INTEGER = /^\s*(\d{1,15})\s*(?:;.*)?$/;
const BOOLEAN = /^\s*\?([01])\s*(?:;.*)?$/;
const BYTES = /^\s*:([A-Za-z0-9+/]*={0,2}):\s*(?:;.*)?$/;
const SHA256_BYTES = 32;

/** A whole number that is not below zero; null when there is none. */
export function readInteger(headers: IncomingHttpHeaders, name: 'upload-offset' | 'upload-length'): number | null {
  const [, digits] = INTEGER.exec(toText(headers[name])) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** `Upload-Complete`; null when there is none. */
export function readComplete(headers: IncomingHttpHeaders): boolean | null {
  const [, digit] = BOOLEAN.exec(toText(headers['upload-complete'])) ?? [];
  return digit === undefined ? null : digit === '1';
}

/** The sha-256 of `Repr-Digest` or `Content-Digest`; other algorithms are passed over, as RFC 9530 has it. */
export function readSha256(headers: IncomingHttpHeaders, name: 'repr-digest' | 'content-digest'): Buffer | null {
  for (const member of toText(headers[name]).split(',')) {
    const at = member.indexOf('=');
    if (at < 0 || member.slice(0, at).trim() !== 'sha-256') continue;
    const [, base64 = ''] = BYTES.exec(member.slice(at + 1)) ?? [];
    const digest = Buffer.from(base64, 'base64');
    if (digest.length === SHA256_BYTES) return digest;
    throw malformedRequest(`the sha-256 of ${name} must be 32 bytes in base64 between colons`);
  }
  return null;
}

export function readContentDigest(headers: IncomingHttpHeaders): PieceChecksum | null {
  const digest = readSha256(headers, 'content-digest');
  return digest && { algorithm: 'sha256', digest };
}

/** `Repr-Digest` of a content. */
export function toReprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

const EXTENDED = /;\s*filename\*\s*=\s*utf-8''([^;\s]+)/i;
const QUOTED = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i;
const TOKEN = /;\s*filename\s*=\s*([^";\s]+)/i;

/** The file name of `Content-Disposition` (RFC 6266); undefined when there is none. */
export function readFilename({ 'content-disposition': sent = '' }: IncomingHttpHeaders): string | undefined {
  const extended = EXTENDED.exec(sent)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Then the plain one is tried.
    }
  }
  const quoted = QUOTED.exec(sent)?.[1]?.replace(/\\(.)/g, '$1');
  const plain = quoted ?? TOKEN.exec(sent)?.[1];
  // Node reads headers as Latin-1; browsers and most others send UTF-8.
  return plain === undefined ? undefined : fromUtf8(plain);
}

function fromUtf8(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

function toText(sent: string | string[] | undefined): string {
  return typeof sent === 'string' ? sent : (sent ?? []).join(',');
}
