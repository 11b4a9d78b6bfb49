// What the conditions of a download's request amount to (RFC 9110, section 13.2.2), given the content that there is.

/** The two validators of a content; the first is strong. */
export type Validators = {
  /** With its quotation marks. */
  readonly etag: string;
  /** As an HTTP date. */
  readonly lastModified: string;
};

type Headers = { readonly [name: string]: string | string[] | undefined };

const ENTITY_TAGS = /(?:W\/)?"[^"]*"/g;

/** Whether to go on, to say that the caller has it already, or to refuse since it is not what the caller expects. */
export function judgeConditions(
  headers: Headers,
  { etag, lastModified }: Validators,
): 'go_on' | 'unchanged' | 'failed' {
  const modifiedMs = Date.parse(lastModified);
  const ifMatch = headerOf(headers, 'if-match');
  if (ifMatch !== null) {
    if (!isListed(etag, ifMatch)) return 'failed';
  } else if (modifiedMs > dateOf(headers, 'if-unmodified-since')) return 'failed';

  const ifNoneMatch = headerOf(headers, 'if-none-match');
  if (ifNoneMatch !== null) return isListed(etag, ifNoneMatch.replaceAll('W/', '')) ? 'unchanged' : 'go_on';
  return modifiedMs <= dateOf(headers, 'if-modified-since') ? 'unchanged' : 'go_on';
}

/** Whether a Range may be followed: If-Range is absent, or names exactly what there is (RFC 9110, section 13.1.5). */
export function isRangeWanted(headers: Headers, { etag, lastModified }: Validators): boolean {
  const ifRange = headerOf(headers, 'if-range');
  return ifRange === null || ifRange === etag || ifRange === lastModified;
}

function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : String(value).trim();
}

/** NaN, which no time compares with, for an absent date and for one that is none. */
function dateOf(headers: Headers, name: string): number {
  return Date.parse(headerOf(headers, name) ?? '');
}

function isListed(etag: string, list: string): boolean {
  return list === '*' || Array.from(list.matchAll(ENTITY_TAGS), ([tag]) => tag).includes(etag);
}
