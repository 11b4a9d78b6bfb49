// A Markdown table whose columns also line up on a terminal.

export type Column = { readonly title: string; readonly align: 'left' | 'right' };

export function toTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, at) =>
    Math.max(3, title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const padded = (row: readonly string[]) =>
    line(columns.map(({ align }, at) => pad(row[at] ?? '', align, widths[at] as number)));
  const rule = columns.map(({ align }, at) => {
    const dashes = '-'.repeat((widths[at] as number) - 1);
    return align === 'right' ? `${dashes}:` : `${dashes}-`;
  });
  return [padded(columns.map(({ title }) => title)), line(rule), ...rows.map(padded)].join('\n');
}

function pad(text: string, align: Column['align'], width: number): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}
