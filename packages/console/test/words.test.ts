/** What the page makes of text and numbers, without a browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf, jsonOf } from '../src/app/exports.ts';
import { readId, shortId, uuidOf } from '../src/app/ids.ts';
import { parseMetrics, quantileOf, sumOf } from '../src/app/metrics.ts';
import { decimalOf, formatAmount, parseAmount } from '../src/app/money.ts';
import type { Account, Transfer } from '../src/app/records.ts';
import { availableOf, effectOf } from '../src/app/records.ts';
import { de } from '../src/app/strings/de.ts';
import { en } from '../src/app/strings/en.ts';
import { dayBounds, momentOf } from '../src/app/zones.ts';

const MAX = 2n ** 128n - 1n;
const CENTS = { scale: 2, digits: 2 };

test('amounts keep every digit, up to the largest that there is', () => {
  assert.equal(decimalOf(MAX, { scale: 0, digits: 0 }), String(MAX));
  assert.equal(formatAmount(MAX, CENTS, 'en-GB').replaceAll(',', ''), '3402823669209384634633746074317682114.55');
  assert.equal(formatAmount(9_007_199_254_740_993n, { scale: 0, digits: 0 }, 'en-GB'), '9,007,199,254,740,993');
  assert.equal(formatAmount(-5n, CENTS, 'de-DE'), '-0,05');
  assert.equal(formatAmount(1_500_000_000_000n, { scale: 12, digits: 2 }, 'en-GB'), '1.50');
  assert.equal(formatAmount(1_500_000_000_001n, { scale: 12, digits: 2 }, 'en-GB'), '1.500000000001');
});

test('amounts are read as people of a place write them, and what could mean two things is refused', () => {
  const read = (text: string, locale: string, scale = 2) => parseAmount(text, { scale }, locale);
  assert.equal(read('1,234.5', 'en-GB'), 123_450n);
  assert.equal(read('1.234,5', 'de-DE'), 123_450n);
  assert.equal(read('12', 'de-DE'), 1200n);
  assert.equal(read('1\u202f234,50', 'fr-FR'), 123_450n);
  for (const text of ['1.234', '1,23,4', '12.345', '-1', '1e3', '', '.', '1.', '0x10', '1 2', '٣']) {
    assert.equal(read(text, 'en-GB', 2), undefined, text);
  }
  assert.equal(read('1.5', 'de-DE'), undefined);
  assert.equal(read('340282366920938463463374607431768211455', 'en-GB', 0), MAX);
});

test('what is shown is read back as the same amount, in every locale of the settings', () => {
  for (const locale of ['en-GB', 'en-US', 'de-DE', 'fr-FR', 'es-ES', 'sv-SE', 'ja-JP']) {
    for (const value of [0n, 5n, 123_456_789n, MAX]) {
      assert.equal(parseAmount(formatAmount(value, CENTS, locale), CENTS, locale), value, `${locale} ${value}`);
    }
  }
});

test('ids are read in every form that the API takes, and nothing else is one', () => {
  assert.equal(readId('0xff'), '255');
  assert.equal(readId(' 00000000-0000-0000-0000-0000000000ff '), '255');
  assert.equal(uuidOf('255'), '00000000-0000-0000-0000-0000000000ff');
  for (const text of ['', '0', '-1', '1.5', String(MAX), String(MAX + 5n), 'x', '0x'])
    assert.equal(readId(text), undefined, text);
  assert.equal(shortId('123456789012'), '123456789012');
  assert.equal(shortId('1234567890123'), '1234…890123');
});

test('days begin and end where the person is, also on the days when its clocks are set', () => {
  const hours = (text: string, zone: string): number => {
    const { min, max } = dayBounds(text, zone)!;
    return Number((BigInt(max) - BigInt(min) + 1n) / 3_600_000_000_000n);
  };
  assert.equal(dayBounds('2026-01-31', 'UTC')!.min, '1769817600000000000');
  assert.equal(dayBounds('2026-01-31', 'Europe/Berlin')!.min, '1769814000000000000');
  assert.equal(hours('2026-03-29', 'Europe/Berlin'), 23);
  assert.equal(hours('2026-10-25', 'Europe/Berlin'), 25);
  for (const text of ['2026-02-30', '26-01-31', 'today', '']) assert.equal(dayBounds(text, 'UTC'), undefined, text);
  assert.equal(momentOf('2026-01-31T12:00', 'UTC'), '1769860800000000000');
  assert.equal(momentOf('2026-01-31T12:00', 'UTC', true), '1769860859999999999');
});

test('files hold exact text, and no cell that a spreadsheet would run', () => {
  const columns = [
    { key: 'name', text: ({ name }: { name: string; net: string }) => name },
    { key: 'net', text: ({ net }: { name: string; net: string }) => net },
  ];
  const rows = [
    { name: '=HYPERLINK("x")', net: '-5' },
    { name: 'a,"b"\n', net: '5' },
    { name: '-1+cmd', net: '' },
  ];
  assert.equal(csvOf(columns, rows), 'name,net\r\n"\'=HYPERLINK(""x"")",-5\r\n"a,""b""\n",5\r\n\'-1+cmd,\r\n');
  assert.deepEqual(JSON.parse(jsonOf(columns, rows)), rows);
});

test('figures of the server are read from the text of its metrics', () => {
  const metrics = parseMetrics(
    '# HELP x\nx_bucket{le="0.1",lane="a"} 98\nx_bucket{le="1",lane="a"} 100\nx_bucket{le="+Inf",lane="a"} 100\ny{a="b"} 2\ny 3\nnonsense\n',
  );
  assert.equal(quantileOf(metrics, 'x', 0.5), 0.1);
  assert.equal(quantileOf(metrics, 'x', 0.99), 1);
  assert.equal(quantileOf(metrics, 'z', 0.99), undefined);
  assert.equal(sumOf(metrics, 'y'), 5);
});

test('what an account may still give follows from its limit; a hold moves no posted balance', () => {
  const balances = { debits_pending: '10', debits_posted: '20', credits_pending: '5', credits_posted: '100' };
  const account = (flags: string[]) => ({ ...balances, flags }) as unknown as Account;
  assert.equal(availableOf(account(['debits_must_not_exceed_credits'])), 70n);
  assert.equal(availableOf(account(['credits_must_not_exceed_debits'])), -85n);
  assert.equal(availableOf(account([])), undefined);
  const transfer = (flags: string[]) =>
    ({ debit_account_id: '1', credit_account_id: '2', amount: '7', flags }) as unknown as Transfer;
  assert.deepEqual([effectOf(transfer([]), '1'), effectOf(transfer([]), '2')], [-7n, 7n]);
  assert.equal(effectOf(transfer(['pending']), '1'), 0n);
  assert.equal(effectOf(transfer(['void_pending_transfer']), '1'), 0n);
  assert.equal(effectOf(transfer(['post_pending_transfer']), '2'), 7n);
});

test('the two languages say the same things, and none is left out or left in English by mistake', () => {
  const same = new Set([
    'title',
    'live',
    'state',
    'op',
    'ledger',
    'code',
    'id',
    'flags',
    'exportAs',
    'exportCsv',
    'exportJson',
    'name',
    'cluster',
    'shard',
    'journal',
  ]);
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    if (typeof text === 'string' && !same.has(key)) assert.notEqual(de[key as keyof typeof de], text, key);
  }
});
