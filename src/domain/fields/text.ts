// What any text from a caller must hold to before another rule looks at it.
import { invalidInput } from '../errors.ts';

/** Characters as a person counts them: code points, so that an emoji is one. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * Refuses what a database or a UTF-8 stream cannot hold: NUL and lone surrogates.
 * @throws GatewayError `invalid_input`
 */
export function requireStorableText(field: string, text: string): void {
  if (!text.isWellFormed()) throw invalidInput(field, 'must not contain a lone surrogate; send well-formed Unicode');
  if (text.includes('\0')) throw invalidInput(field, 'must not contain a NUL character');
}
