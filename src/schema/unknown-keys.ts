// What is said of a key that nobody knows: most often it is misspelt, and to ignore it would hide that. However long a key
// is, little is done with it and little of it is quoted.
import { type GatewayError, invalidInput } from '../domain/errors.ts';

const MAX_QUOTED_CHARACTERS = 40;
const MAX_SUGGESTED_DISTANCE = 2;

/** The refusal of a key beside which only `names` are known. */
export function unknownKey(key: string, names: Iterable<string>): GatewayError<'invalid_input'> {
  return invalidInput(quoteKey(key), toUnknownReason(key, names));
}

/** A key as a refusal quotes it. */
export function quoteKey(key: string): string {
  const quoted = key.slice(0, MAX_QUOTED_CHARACTERS).toWellFormed();
  return JSON.stringify(key.length > quoted.length ? `${quoted}…` : quoted);
}

/** Completes the sentence that a quoted key begins. */
export function toUnknownReason(key: string, names: Iterable<string>): string {
  const similar = findSimilar(key, names);
  return similar === null ? 'is not known here; leave it out' : `is not known here; did you mean ${similar}?`;
}

/** The one of our names that is nearest to a key; null when none is near, or the key is longer than ours are. */
function findSimilar(key: string, names: Iterable<string>): string | null {
  if (key.length > MAX_QUOTED_CHARACTERS) return null;
  const plain = toPlain(key);
  let similar: string | null = null;
  let least = Math.min(MAX_SUGGESTED_DISTANCE, Math.ceil(plain.length / 3)) + 1;
  for (const name of names) {
    const distance = countEdits(plain, toPlain(name));
    if (distance < least) [similar, least] = [name, distance];
  }
  return similar;
}

/** Without what spellings differ in, and without the brackets that some form encoders add. */
function toPlain(key: string): string {
  return key
    .replace(/\[.*$/s, '')
    .replace(/[_\- ]/g, '')
    .toLowerCase();
}

/** Levenshtein's distance. */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
