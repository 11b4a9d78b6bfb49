// Optimistic concurrency: which version of a resource a caller means to change. It compares nothing and reads no header.
import { invalidInput } from '../errors.ts';
import type { Resource } from '../resource.ts';

/** The times of last change that a resource may have for the change to happen; null: whichever it has. */
export type ExpectedVersion = { readonly updatedAt: readonly Date[] } | null;

/** As much as the head of a request may hold: a field of a body has no more to say than the header. */
const MAX_IF_MATCH_CHARACTERS = 16 * 1024;
/** RFC 3339, no finer than the milliseconds that a resource has. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3}0*)?(?:Z|[+-]\d\d:\d\d)$/i;
/** RFC 9110, section 8.8.3. A weak tag is well-formed and never equal to a strong one (section 13.1.1). */
const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\uffff]*)"/.source;
const TAG_LIST = new RegExp(`^${TAG}(?:\\s*,\\s*${TAG})*$`);

/** The entity tag of the record, as opposed to that of its content: its `updated_at` in quotes. */
export function toRecordTag({ updatedAt }: Pick<Resource, 'updatedAt'>): string {
  return `"${updatedAt.toISOString()}"`;
}

/**
 * What a caller wrote as `ifMatch`: an `updatedAt` as it was shown, an entity tag or several with commas between, or
 * `*` for whatever is there. A tag that is none of ours is no mistake: it matches nothing.
 * @throws GatewayError `invalid_input`
 */
export function parseExpectedVersion(ifMatch: string | undefined): ExpectedVersion {
  if (ifMatch === undefined) return null;
  if (ifMatch.length > MAX_IF_MATCH_CHARACTERS) {
    throw invalidInput('ifMatch', `must not be longer than ${MAX_IF_MATCH_CHARACTERS} characters`);
  }
  const text = ifMatch.trim();
  if (text === '*') return null;
  if (TIME.test(text) && !Number.isNaN(Date.parse(text))) return { updatedAt: [new Date(text)] };
  if (!TAG_LIST.test(text)) {
    throw invalidInput('ifMatch', 'must be the {updatedAt} of the resource, as it was shown, or its ETag');
  }
  const updatedAt = [...text.matchAll(new RegExp(TAG, 'g'))].flatMap(([, weak, tag]) => {
    const isOurs = weak === undefined && tag !== undefined && TIME.test(tag) && !Number.isNaN(Date.parse(tag));
    return isOurs ? [new Date(tag)] : [];
  });
  return { updatedAt };
}
