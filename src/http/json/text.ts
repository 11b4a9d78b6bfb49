// The two judges of a JSON body, a fatal TextDecoder and JSON.parse; what is said when they refuse quotes none of it.
import { isAscii } from 'node:buffer';
import { type GatewayError, malformedRequest } from '../../domain/errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A sentence of V8's that quotes nothing of the text, and the place in the text when it names one. */
const QUOTES_NOTHING = /^([^"]+?)(?: in JSON)?(?: at position (\d+).*)?$/;

/** @param advice what is wrong with the body or what to do about it, as a clause */
export function malformedJson(advice: string, cause?: unknown): GatewayError<'malformed_request'> {
  return malformedRequest(`the body is not valid JSON: ${advice}`, cause);
}

/** Decodes whole characters of UTF-8. @throws GatewayError `malformed_request` */
export function toText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw malformedJson('it is not UTF-8; encode the whole body as UTF-8', cause);
  }
}

/**
 * The value of a JSON text.
 * @param isBody whether it is the whole body, so that a mistake's byte can be named
 * @throws GatewayError `malformed_request`
 */
export function parseText(text: string, { isBody } = { isBody: false }): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.startsWith('\ufeff')) throw malformedJson('remove the byte order mark', cause);
    const [, says = 'a value is missing or misspelt', at] = QUOTES_NOTHING.exec((cause as Error).message) ?? [];
    const byte = isBody && at !== undefined ? ` at byte ${Buffer.byteLength(text.slice(0, Number(at)))}` : '';
    throw malformedJson(`${says.charAt(0).toLowerCase()}${says.slice(1)}${byte}; send one JSON document`, cause);
  }
}
