// What tells the same input from another: a digest of all that a create was asked for. It keeps nothing of it.
import { hash } from 'node:crypto';
import type { JsonValue } from '../fields/labels.ts';
import type { Resource } from '../resource.ts';

/** The content as far as it is the input's: the bytes and their declared type, or the uri as it was sent. */
export type SourceMark =
  | { readonly sha256: string; readonly declaredMimeType: string | null }
  | { readonly uri: string };

/** Changes with whatever is digested or how: keys outlive an upgrade. */
const VERSION = 1;

/**
 * Equal for two inputs that ask for the same, in whatever transport and whatever order of keys.
 * @param options `conflict`: what is asked for beyond a refusal when the place is taken; empty without
 */
export function toFingerprint(
  { name, directoryPath, tags, metadata }: Pick<Resource, 'name' | 'directoryPath' | 'tags' | 'metadata'>,
  source: SourceMark,
  { conflict = [] }: { readonly conflict?: readonly JsonValue[] } = {},
): string {
  const marked =
    'uri' in source ? { uri: source.uri } : { sha256: source.sha256, declaredMimeType: source.declaredMimeType };
  return hash('sha256', toCanonicalJson([VERSION, name, directoryPath, tags, metadata, marked, ...conflict]), 'hex');
}

/** JSON with sorted keys (in the spirit of RFC 8785). The depth is bounded by what metadata may have. */
function toCanonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(toCanonicalJson).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${toCanonicalJson(inner)}`).join()}}`;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
