import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32Pure } from './crc32.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test('crc32 gives the check value of its catalogue and that of nothing', () => {
  assert.equal(crc32Pure(ascii('123456789')), 0xcbf43926);
  assert.equal(crc32Pure(new Uint8Array(0)), 0);
});

test('crc32 of a text equals that of its halves, one after the other, wherever it is cut', () => {
  const text = ascii('the quick brown fox jumps over the lazy dog');
  for (let cut = 0; cut <= text.length; cut++) {
    assert.equal(crc32Pure(text.subarray(cut), crc32Pure(text.subarray(0, cut))), crc32Pure(text));
  }
});
