import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const BUILT = join(import.meta.dirname, '../../dist/console');
const MAX_BYTES = 250_000;

test('the console loads in less than 250 KB, icon and previews included', () => {
  // What is loaded later, by whoever signs in at an issuer, is not counted.
  const pages = ['index.html', 'preview.html'];
  const named = pages.flatMap((page) =>
    [...readFileSync(join(BUILT, page), 'utf8').matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(
      (match) => match[1] as string,
    ),
  );
  expect(named.length).toBeGreaterThan(4);
  const sizes = [...new Set([...pages, ...named])].map(
    (name) => gzipSync(readFileSync(join(BUILT, name)), { level: 9 }).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
});

test('the page asks nothing of the internet', () => {
  for (const page of ['index.html', 'preview.html']) {
    expect(readFileSync(join(BUILT, page), 'utf8')).not.toMatch(/(?:src|href)="(?!\.{1,2}\/)/);
  }
});
