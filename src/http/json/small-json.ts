// Parses a JSON body that is already whole and small: JSON.parse and little more. It refuses exactly what the scanner
// refuses, and lets the scanner judge whatever might break a limit.
import { isAscii, isUtf8 } from 'node:buffer';
import { GatewayError } from '../../domain/errors.ts';
import { toBuffer } from '../json-cursor.ts';
import { createJsonScanner, type ScanOptions } from './scanner.ts';
import { createUtf8Check } from './utf8.ts';

export type SmallJsonLimits = Pick<ScanOptions, 'maxDepth' | 'maxKeys'>;

/**
 * @param bytes the whole body; the caller has limited its length
 * @throws GatewayError `malformed_request`
 */
export function parseSmallJson(bytes: Uint8Array, limits: SmallJsonLimits): unknown {
  const body = toBuffer(bytes);
  if (!isUtf8(body)) return parseSlowly(body, limits);
  const text = isAscii(body) ? body.toString('latin1') : body.toString('utf8');
  if (mayBreak(text, limits)) return parseSlowly(body, limits);
  try {
    return JSON.parse(text);
  } catch {
    return parseSlowly(body, limits);
  }
}

/** Cheap, and true too often: brackets and colons inside strings count as well. */
function mayBreak(text: string, { maxDepth, maxKeys = Number.POSITIVE_INFINITY }: SmallJsonLimits): boolean {
  if (text.length > 2 * maxDepth && count(text, '{', maxDepth) + count(text, '[', maxDepth) > maxDepth) return true;
  return text.length > 5 * maxKeys && count(text, ':', maxKeys) > maxKeys;
}

/** How often `character` occurs, counted no further than one beyond `limit`. */
function count(text: string, character: string, limit: number): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1 && found <= limit; at = text.indexOf(character, at + 1)) found += 1;
  return found;
}

/** The scanner's judgement, whose sentences tell where and what; it finds whatever JSON.parse or isUtf8 has found. */
function parseSlowly(chunk: Buffer, limits: SmallJsonLimits): unknown {
  createUtf8Check()(chunk, 0);
  const scanner = createJsonScanner({
    ...limits,
    maxFieldsBytes: chunk.length,
    inlineBytes: 0,
    isContent: () => false,
  });
  scanner.scan({ chunk, at: 0, offset: 0 });
  return parseScanned(scanner.finish(chunk.length));
}

/** The value of a document that the scanner has let pass. */
export function parseScanned(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError(
      'malformed_request',
      { reason: 'the body is not valid JSON; send a JSON document' },
      { cause },
    );
  }
}
