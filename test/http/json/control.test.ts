import { expect, test } from 'vitest';
import { findControl } from '../../../src/http/json-control.ts';

test('a control character is found at every index, in bytes of every length up to 80 and every alignment', () => {
  const memory = new Uint8Array(96);
  for (let offset = 0; offset < 4; offset += 1) {
    for (let length = 0; length <= 80; length += 1) {
      const bytes = memory.subarray(offset, offset + length);
      for (let at = 0; at < length; at += 1) {
        memory.fill(0x00);
        bytes.fill(0x20 + ((at * 37) % 0xe0));
        expect(findControl(bytes)).toBe(-1);
        bytes[at] = at % 0x20;
        expect(findControl(bytes)).toBe(at);
      }
    }
  }
});

test('the first of several control characters is the one that is named', () => {
  const bytes = new Uint8Array(200).fill(0x41);
  bytes[150] = 0x1f;
  bytes[70] = 0;
  expect(findControl(bytes)).toBe(70);
});

test('no other byte is taken for one, whatever its neighbours', () => {
  const bytes = Uint8Array.from({ length: 4 * 224 }, (_, index) => 0x20 + ((index * 61) % 224));
  for (let start = 0; start < 8; start += 1) expect(findControl(bytes.subarray(start))).toBe(-1);
});
