import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32Pure } from '../base/index.ts';
import { crc32 } from './crc32.ts';

test("the system's crc32 and ours agree, in one go and continued", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) >> 3);
  for (let size = 0; size < 1000; size += 13) {
    const part = bytes.subarray(size % 7, size);
    assert.equal(crc32(part), crc32Pure(part));
    assert.equal(crc32(part, 0xdeadbeef), crc32Pure(part, 0xdeadbeef));
  }
});
