// What a page of ours may load: nothing but the style and the script that it brings, each named by its digest.
import { createHash } from 'node:crypto';

/** The header `Content-Security-Policy` of a page with this style and, where it has one, this script. */
export function toContentPolicy({ style, script }: { style: string; script?: string }): string {
  const scripts = script === undefined ? '' : `script-src '${toSource(script)}'; `;
  return (
    `default-src 'none'; style-src '${toSource(style)}'; ${scripts}` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  );
}

function toSource(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
