// Where a create's content comes from: exactly one source. It refuses none and two.
import { hash } from 'node:crypto';
import { parseDataUri } from '../content/data-uri.ts';
import type { StagedContent } from '../content/staging.ts';
import { invalidInput } from '../errors.ts';
import type { SourceMark } from './fingerprint.ts';

/** Whether content came staged, or as one string, or has to be fetched. */
export type ContentSource =
  | { readonly kind: 'data_uri'; readonly text: string }
  | { readonly kind: 'staged'; readonly content: StagedContent }
  | { readonly kind: 'uri'; readonly uri: string };

/** @throws GatewayError `invalid_input` unless exactly one is given */
export function parseContentSource({
  content,
  uri,
}: {
  readonly content?: string | StagedContent | undefined;
  readonly uri?: string | undefined;
}): ContentSource {
  if (content !== undefined && uri !== undefined) throw invalidInput('content', 'and uri exclude each other; send one');
  if (uri !== undefined) return { kind: 'uri', uri };
  if (content === undefined) throw invalidInput('content', 'or uri must be given');
  return typeof content === 'string' ? { kind: 'data_uri', text: content } : { kind: 'staged', content };
}

/**
 * What of a source belongs to the input's fingerprint; nothing is fetched or stored for it.
 * @throws GatewayError `invalid_input`
 */
export function toSourceMark(source: ContentSource): SourceMark {
  if (source.kind === 'uri') return source;
  if (source.kind === 'staged') return source.content;
  const { declaredMimeType, bytes } = parseDataUri(source.text);
  return { declaredMimeType, sha256: hash('sha256', bytes, 'hex') };
}
