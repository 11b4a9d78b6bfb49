// Names and directory paths: one canonical form each. What would need resolving is refused, never resolved.
import { invalidInput } from '../errors.ts';
import { countCharacters, requireStorableText } from './text.ts';

export const MAX_NAME_CHARACTERS = 255;
/** In UTF-8. With the longest name and account id it stays below what a PostgreSQL index row can hold (2,704 bytes). */
export const MAX_DIRECTORY_PATH_BYTES = 1024;

const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * No character of NFC comes from more than four, nor a byte of it from more than three (Unicode, UAX #15): what is longer
 * than that stays too long. Normalising takes time in the square of a run of combining marks, so that is judged first.
 */
const MAX_NFC_CONTRACTION = 4;
const MAX_NFC_BYTE_CONTRACTION = 3;

function requireNormalisable(field: string, segment: string): void {
  const max = MAX_NAME_CHARACTERS * MAX_NFC_CONTRACTION;
  if (segment.length > max && (segment.length > 2 * max || countCharacters(segment) > max)) throw nameTooLong(field);
}

function nameTooLong(field: string) {
  return invalidInput(field, `must not have a name longer than ${MAX_NAME_CHARACTERS} characters`);
}

function requireSegment(field: string, segment: string): void {
  requireStorableText(field, segment);
  if (CONTROL_CHARACTER.test(segment)) throw invalidInput(field, 'must not contain control characters');
  if (segment === '.' || segment === '..') throw invalidInput(field, 'must not contain "." or ".." as a name');
  if (countCharacters(segment) > MAX_NAME_CHARACTERS) throw nameTooLong(field);
}

/**
 * A resource's name: 1–255 characters, no "/", no control characters, not "." or "..".
 * @returns the name as sent, in Unicode NFC
 * @throws GatewayError `invalid_input`
 */
export function parseName(name: string): string {
  requireNormalisable('name', name);
  const normalised = name.normalize('NFC');
  if (normalised === '') throw invalidInput('name', 'must not be empty');
  if (normalised.includes('/')) throw invalidInput('name', 'must not contain "/"; put folders into {directoryPath}');
  requireSegment('name', normalised);
  return normalised;
}

/**
 * A directory path in its one canonical form: absolute, single slashes, no slash at the end; the root is "/".
 * @param field what the refusal calls it
 * @returns for example "/docs/a" for "docs/a/"
 * @throws GatewayError `invalid_input`
 */
export function parseDirectoryPath(path: string, field = 'directoryPath'): string {
  const sent = path.split('/').filter((segment) => segment !== '');
  // A slash joins with nothing, so that each name can be normalised alone.
  if (Buffer.byteLength(sent.join('/')) >= MAX_DIRECTORY_PATH_BYTES * MAX_NFC_BYTE_CONTRACTION)
    throw pathTooLong(field);
  for (const segment of sent) requireNormalisable(field, segment);
  const segments = sent.map((segment) => segment.normalize('NFC'));
  for (const segment of segments) requireSegment(field, segment);
  const canonical = `/${segments.join('/')}`;
  if (Buffer.byteLength(canonical) > MAX_DIRECTORY_PATH_BYTES) throw pathTooLong(field);
  return canonical;
}

/** What stands before and behind the number in the name that a resource gets when its own is taken. */
export type NumberedName = { readonly stem: string; readonly extension: string };

/** As much as " (1099511627776)" and some more need. */
const MAX_NUMBER_CHARACTERS = 20;

/**
 * Takes a name apart for a number: "a (2).txt". What begins with its only dot has no extension, and neither has what would
 * have a longer one than name. A long name is cut, so that the number fits.
 */
export function toNumberedName(name: string): NumberedName {
  const dot = name.lastIndexOf('.');
  const isExtension = dot > 0 && countCharacters(name.slice(dot)) <= (MAX_NAME_CHARACTERS - MAX_NUMBER_CHARACTERS) / 2;
  const [stem, extension] = isExtension ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const maxStem = MAX_NAME_CHARACTERS - MAX_NUMBER_CHARACTERS - countCharacters(extension);
  return { stem: countCharacters(stem) <= maxStem ? stem : Array.from(stem).slice(0, maxStem).join(''), extension };
}

function pathTooLong(field: string) {
  return invalidInput(field, `must not be longer than ${MAX_DIRECTORY_PATH_BYTES} bytes`);
}
