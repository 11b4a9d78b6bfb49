// What the protocols of uploads have in common in their headers.
import type { IncomingHttpHeaders } from 'node:http';

/** What a body is said to be long; null when it is not said. */
export function parseAnnounced(headers: IncomingHttpHeaders): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  return headers['content-length'] === undefined ? 0 : Number(headers['content-length']);
}

/** Whether a body is said to be of this type, whatever its parameters. */
export function isOfType({ 'content-type': type = '' }: IncomingHttpHeaders, wanted: string): boolean {
  return type.split(';', 1)[0]?.trim().toLowerCase() === wanted;
}
