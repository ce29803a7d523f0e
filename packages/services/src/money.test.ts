/** The code as text: money is never a `number`. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const sources = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'services', 'src');
const MONEY = 'amounts?|units|fees?|balances?|held|left|paid|refunded|captured|excess|rest|sums?|max|most|available';
/** A declaration that says that money is a number, and what makes one of it. */
const FORBIDDEN: readonly RegExp[] = [
  new RegExp(`\\b(${MONEY})\\??: (readonly )?number`, 'i'),
  new RegExp(`\\b(Number|parseInt|parseFloat)\\([^)]*\\b(${MONEY})\\b`, 'i'),
  /\b(parseFloat|toFixed)\(/,
];

const isForbidden = (line: string): boolean => FORBIDDEN.some((pattern) => pattern.test(line));

test('no number is near money', () => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.test)\.ts$/.test(path),
  );
  assert.ok(files.length > 15);
  const found = files.flatMap((path) =>
    readFileSync(join(sources, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => (isForbidden(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  // How large a number of a book may be: no money.
  assert.deepEqual(
    found.filter((line) => !line.startsWith('base/assets.ts') || !line.includes('#add(asset: Asset, max: number)')),
    [],
  );
});

test('a number near money would be found', () => {
  for (const line of [
    'readonly amount: number;',
    'fee?: number',
    'Number(amount)',
    'parseFloat(text)',
    'x.toFixed(2)',
  ]) {
    assert.ok(isForbidden(line), line);
  }
  for (const line of ['readonly amount: bigint;', 'amount: string', 'Number(left.length)'.replace('left.', 'list.')]) {
    assert.ok(!isForbidden(line), line);
  }
});
