// HTML from text, with everything escaped that is not written here.

/** HTML that may stand in a page as it is. */
export type Markup = { readonly html: string };

type Piece = Markup | string | number | null | readonly Piece[];

const ESCAPES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are escaped unless they are markup; null stands for nothing. */
export function html(strings: readonly string[], ...pieces: readonly Piece[]): Markup {
  return { html: strings.map((text, i) => text + (i < pieces.length ? toHtml(pieces[i] as Piece) : '')).join('') };
}

/** A sentence in which backticks mark what is code. */
export function prose(text: string): Markup {
  const pieces = text.split('`').map((piece, i) => (i % 2 === 1 ? html`<code>${piece}</code>` : piece));
  return html`${pieces}`;
}

function toHtml(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece !== 'object') return String(piece).replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
  return 'html' in piece ? piece.html : piece.map(toHtml).join('');
}
