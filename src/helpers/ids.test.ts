import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IdPart, idOf } from './ids.ts';
import { sha256 } from './sha256.ts';

const invalid = { code: 'invalid_argument' };
const text = fc.string({ unit: 'grapheme', minLength: 1 });

test('ids never change: they lie in the ledgers of people', () => {
  const known: readonly [parts: IdPart[], id: string][] = [
    [['order', 17], 'fea3613b5d78135573ea7e84737da99f'],
    [['a'], '9fa1b1c0f0be70b0a0a46e93c1b2cdab'],
    [['é', '😀', -1n], '58a868a48fb21c69dfdd8741c8405ff4'],
  ];
  for (const [parts, id] of known)
    assert.equal(
      idOf(...parts)
        .toString(16)
        .padStart(32, '0'),
      id,
    );
});

test('an id is what its rule says, so that other languages make the same', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (parts) => {
      const bytes = Buffer.concat(
        parts.flatMap((part) => [Buffer.from(`${Buffer.byteLength(part)}:`), Buffer.from(part), Buffer.from(',')]),
      );
      const digest = createHash('sha256').update(bytes).digest('hex');
      assert.equal(idOf(...parts), BigInt(`0x${digest.slice(0, 32)}`));
    }),
    { numRuns: 2000 },
  );
});

test('our SHA-256 is that of Node, at every length up to three blocks', () => {
  for (let size = 0; size <= 192; size++) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 167 + size) & 0xff);
    const digest = [...sha256(bytes)].map((word) => word.toString(16).padStart(8, '0')).join('');
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'), `${size} bytes`);
  }
});

test('where a part ends counts, and so does the order', () => {
  const parts = [['ab', 'c'], ['a', 'bc'], ['abc'], ['c', 'ab'], ['2:ab,1:c,'], ['ab,1:c'], ['ab', 'c', 'c']];
  assert.equal(new Set(parts.map((each) => idOf(...each))).size, parts.length);
});

test('a whole number is its digits', () => {
  assert.equal(idOf('order', 17), idOf('order', '17'));
  assert.equal(idOf('order', 17n), idOf('order', '17'));
  assert.equal(idOf(-0), idOf('0'));
  assert.equal(idOf(2n ** 128n), idOf(String(2n ** 128n)));
});

test('a part that is missing is refused: it would be one id for all', () => {
  const missing = [undefined, null, '', Number.NaN, 1.5, 2 ** 53, {}, []] as unknown as IdPart[];
  for (const part of missing) assert.throws(() => idOf('order', part), invalid, String(part));
  assert.throws(() => idOf(), invalid);
});

test('half of a surrogate pair is refused: all such texts would be one', () => {
  for (const part of ['\ud800', 'a\udc00', '\ude00\ud83d']) assert.throws(() => idOf(part), invalid);
  assert.notEqual(idOf('😀'), idOf('\ufffd'));
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test('the guide makes the same ids in Python', { skip: hasPython ? false : 'there is no python3' }, () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/recipes.md'), 'utf8');
  const [, block] = /^```python\n([\s\S]*?)^```/m.exec(guide)!;
  const program = `${block}\nprint(id_of("order", 17), id_of("\\xe9", "\\N{GRINNING FACE}"))`;
  const { stdout } = spawnSync('python3', ['-c', program], { encoding: 'utf8' });
  assert.equal(stdout.trim(), `${idOf('order', 17)} ${idOf('é', '😀')}`);
});
