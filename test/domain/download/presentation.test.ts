import { describe, expect, test } from 'vitest';
import { presentFile } from '../../../src/domain/download/presentation.ts';

const dispositionOf = (name: string) => presentFile({ name, mimeType: 'a/b' }, 'attachment').contentDisposition;

describe('the name of a download', () => {
  test.each([
    ['report.pdf', 'attachment; filename="report.pdf"'],
    ["it's (1).txt", 'attachment; filename="it\'s (1).txt"'],
    ['naïve.txt', 'attachment; filename="na_ve.txt"; filename*=UTF-8\'\'na%C3%AFve.txt'],
    ['📄.txt', 'attachment; filename="_.txt"; filename*=UTF-8\'\'%F0%9F%93%84.txt'],
    ['a"b.txt', 'attachment; filename="a_b.txt"; filename*=UTF-8\'\'a%22b.txt'],
    ['a\\b.txt', 'attachment; filename="a_b.txt"; filename*=UTF-8\'\'a%5Cb.txt'],
    ['100%41.txt', 'attachment; filename="100_41.txt"; filename*=UTF-8\'\'100%2541.txt'],
    ["é'()*.txt", "attachment; filename=\"_'()*.txt\"; filename*=UTF-8''%C3%A9%27%28%29%2A.txt"],
  ])('%s is told to old and new clients', (name, expected) => {
    expect(dispositionOf(name)).toBe(expected);
  });

  test('never ends its header or its quotation, whatever it holds', () => {
    const names = Array.from({ length: 0x2100 }, (_, code) => `a${String.fromCodePoint(code)}b`);
    for (const name of names)
      expect(dispositionOf(name)).toMatch(/^attachment; filename="[^"\\\r\n]*"(; filename\*=[\w'%.-]+)?$/);
  });
});

describe('what is shown instead of saved', () => {
  const shown = (mimeType: string) => presentFile({ name: 'a', mimeType }, 'inline').contentDisposition.split(';')[0];

  test.each(['image/png', 'IMAGE/JPEG', 'application/pdf', 'text/plain;charset=utf-8', 'audio/ogg', 'video/mp4'])(
    'shows %s',
    (mimeType) => expect(shown(mimeType)).toBe('inline'),
  );

  test.each([
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'text/javascript',
    'application/octet-stream',
    'text/plain-not',
    'x-video/mp4',
    'text/html;image/png',
    'nonsense',
  ])('saves %s even when asked to show it', (mimeType) => expect(shown(mimeType)).toBe('attachment'));
});

describe('the type of a download', () => {
  test.each(['text/plain', 'text/x-own;charset=utf-8', 'a/b; x="y"'])('is %s as stored', (mimeType) => {
    expect(presentFile({ name: 'a', mimeType }, 'attachment').contentType).toBe(mimeType);
  });

  test.each(['a/b;x="日本"', 'a/b\r\nset-cookie: x', 'none', ''])(
    'is a harmless one when %j cannot be sent',
    (mimeType) => {
      expect(presentFile({ name: 'a', mimeType }, 'attachment').contentType).toBe('application/octet-stream');
    },
  );
});
