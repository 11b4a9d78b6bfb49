// Documents in PDF (ISO 32000-1), written by hand.

/** @param objects the first is the catalogue, the second its pages; each is what stands between `obj` and `endobj` */
export function toPdf(objects: readonly string[]): Buffer {
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, i) => {
    const offset = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${text}${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`,
    'latin1',
  );
}

export type PdfPage = {
  /** What is drawn (ISO 32000-1, 8 and 9); `/F` is Helvetica. */
  readonly draws: string;
  /** In points. */
  readonly size?: readonly [width: number, height: number];
  /** More entries of the page's dictionary. */
  readonly entries?: string;
  /** More of its resources. */
  readonly resources?: string;
};

/** @param more objects that pages refer to, from number 4 on; and entries of the catalogue */
export function toPagedPdf(
  pages: readonly PdfPage[],
  { objects = [], catalog = '' }: { objects?: readonly string[]; catalog?: string } = {},
): Buffer {
  const first = 4 + objects.length;
  const kids = pages.map((_, i) => `${first + 2 * i} 0 R`).join(' ');
  return toPdf([
    `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
    `<</Type/Pages/Count ${pages.length}/Kids[${kids}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...objects,
    ...pages.flatMap(({ draws, size: [width, height] = [200, 280], entries = '', resources = '' }, i) => [
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Resources<</Font<</F 3 0 R>>${resources}>>` +
        `/Contents ${first + 2 * i + 1} 0 R${entries}>>`,
      toStream(draws),
    ]),
  ]);
}

/** A stream with these bytes; each character is one. */
export function toStream(bytes: string, entries = ''): string {
  return `<<${entries}/Length ${bytes.length}>>stream\n${bytes}\nendstream`;
}
