import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const BUILT = join(import.meta.dirname, '../../dist/console');
const MAX_BYTES = 250_000;

test('the whole console loads in less than 250 KB', () => {
  const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:html|js|css|svg)$/.test(name),
  );
  const sizes = files.map((name) => gzipSync(readFileSync(join(BUILT, name)), { level: 9 }).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
});

test('the page asks nothing of the internet', () => {
  for (const page of ['index.html', 'preview.html']) {
    expect(readFileSync(join(BUILT, page), 'utf8')).not.toMatch(/(?:src|href)="(?!\.{1,2}\/)/);
  }
});
