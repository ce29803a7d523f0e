/** The grammar: ids that never change, money that is exact, and a meaning for every status of the ledger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTransferStatus } from 'tallystick';
import { Assets, textOf, unitsOf } from './assets.ts';
import { baseOf, baseOfLeg, checkKey, fingerprintOf, formatBase, legId, parseBase, refusalId } from './ids.ts';
import { meaningOf, type RefusalCode, refusalByNumber, refusals } from './outcomes.ts';

test('ids follow from their parts for ever', () => {
  // python3: int(hashlib.sha256(b"tallystick/1\x1frequest\x1f0\x1forder-17").hexdigest()[:30], 16) << 8
  assert.equal(formatBase('pay', baseOf('request', 0, 'order-17')), 'pay_aa159cdd48fc5335cb8410fcdd0f58');
  const base = baseOf('request', 7, 'order-17');
  assert.notEqual(base, baseOf('request', 0, 'order-17'));
  assert.notEqual(base, baseOf('account', 7, 'order-17'));
  assert.equal(base & 0xffn, 0n);
  assert.equal(baseOfLeg(legId(base, 254)), base);
  assert.equal(refusalId(base) - base, 255n);
  assert.equal(parseBase('pay', formatBase('pay', base), 'payment'), base);
  for (const leg of [0, 255, 1.5]) assert.throws(() => legId(base, leg), { code: 'invalid_argument' });
  for (const text of ['pay_', 'pay_0', `ref_${'0'.repeat(30)}`, `pay_${'G'.repeat(30)}`, 17, undefined]) {
    assert.throws(() => parseBase('pay', text, 'payment'), { code: 'invalid_argument', field: 'payment' });
  }
});

test('a fingerprint tells requests apart, and not the order in which their fields were written', () => {
  const one = fingerprintOf('pay', { from: 'a', to: 'b', amount: '1.00' });
  assert.equal(one, fingerprintOf('pay', { amount: '1.00', to: 'b', from: 'a', fee: undefined }));
  assert.notEqual(one, fingerprintOf('hold', { from: 'a', to: 'b', amount: '1.00' }));
  assert.notEqual(one, fingerprintOf('pay', { from: 'a', to: 'b', amount: '1.0' }));
  assert.notEqual(fingerprintOf('split', { to: ['a', 'b'] }), fingerprintOf('split', { to: ['b', 'a'] }));
  assert.notEqual(one, 0n);
  // python3: int(hashlib.sha256(b'pay\x1f' + text.encode()).hexdigest()[:16], 16) | 1, of the canonical text
  // {"amount":"1.00","asset":"EUR","from":"a","parties":["x \"y\"","ü"],"to":"b"}
  const request = { to: 'b', parties: ['x "y"', 'ü'], from: 'a', asset: 'EUR', amount: '1.00' };
  assert.equal(fingerprintOf('pay', request), 5002431722459257659n);
  assert.equal(fingerprintOf('pay', { key: 'k', ...request }, 'key'), 5002431722459257659n);
});

test('keys are visible ASCII', () => {
  assert.equal(checkKey('order-17'), 'order-17');
  for (const key of ['', 'a b', 'é', 'x'.repeat(256), 17, undefined]) {
    assert.throws(() => checkKey(key), { code: 'invalid_argument' });
  }
});

test('money is exact in every asset, and never a number', () => {
  const assets = new Assets([{ code: 'GOLD', book: 1100, scale: 3 }]);
  const golden = [
    ['JPY', '1250', 1250n],
    ['USD', '12.50', 1250n],
    ['KWD', '12.345', 12345n],
    ['CLF', '0.0001', 1n],
    ['IDR', '1.00', 100n],
    ['BTC', '0.00000001', 1n],
    ['ETH', '1.000000000000000001', 10n ** 18n + 1n],
    ['GOLD', '0.001', 1n],
  ] as const;
  for (const [code, text, units] of golden) {
    const asset = assets.byCode(code);
    assert.equal(unitsOf(text, asset, 'amount'), units);
    assert.equal(textOf(units, asset), text);
  }
  const bad = ['0', '0.00', '-1', '1.234', '1e3', '1,00', ' 1', '', '9'.repeat(60), 12.5, 12n, null, undefined];
  for (const text of bad) {
    assert.throws(() => unitsOf(text, assets.byCode('USD'), 'amount'), { code: 'invalid_argument', field: 'amount' });
  }
  assert.throws(() => unitsOf('0.5', assets.byCode('JPY'), 'amount'), { code: 'invalid_argument' });
});

test('assets are those of ISO 4217 by their numbers, and those that are registered', () => {
  const assets = new Assets();
  const known = { EUR: 978, USD: 840, JPY: 392, ZWG: 924, BTC: 1000 };
  for (const [code, book] of Object.entries(known)) assert.equal(assets.byCode(code).book, book);
  assert.equal(assets.byLedger(978)?.code, 'EUR');
  assert.equal(assets.byLedger(5 * 4096 + 978)?.code, 'EUR');
  assert.equal(assets.byLedger(4001), undefined);
  for (const code of ['eur', 'XYZ', '', 978, undefined]) {
    assert.throws(() => assets.byCode(code), { code: 'invalid_argument' });
  }
  const impossible = [
    { code: 'EUR', book: 1100, scale: 2 },
    { code: 'GOLD', book: 1000, scale: 2 },
    { code: 'GOLD', book: 4001, scale: 2 },
    { code: 'GOLD', book: 1100, scale: 19 },
    { code: 'gold', book: 1100, scale: 2 },
  ];
  for (const asset of impossible) assert.throws(() => new Assets([asset]), { code: 'invalid_argument' });
});

/** Requests never make these: an answer with one of them is no domain outcome. */
const IMPOSSIBLE =
  /^(linked_event|imported|timestamp|reserved|id_must|flags_are|(debit|credit)_account_id|accounts_must|pending_id|pending_transfer_(has|not)|timeout_|closing_|ledger_|code_|transfer_must|created$)/;

test('every status of the ledger has a meaning', () => {
  const names = Object.keys(CreateTransferStatus).filter((name) => Number.isNaN(Number(name)));
  assert.ok(names.length > 60);
  for (const name of names) {
    const status = CreateTransferStatus[name as keyof typeof CreateTransferStatus] as number;
    const meaning = meaningOf(status, 'money');
    assert.equal(meaning === 'unexpected', IMPOSSIBLE.test(name), `${name}: ${meaning}`);
    if (name.startsWith('exists')) assert.equal(meaning, 'exists');
  }
  assert.equal(meaningOf(CreateTransferStatus.exceeds_credits, 'money'), 'insufficient_funds');
  assert.equal(meaningOf(CreateTransferStatus.exceeds_credits, 'allowance'), 'refund_exceeds_payment');
  assert.equal(meaningOf(12345, 'money'), 'unexpected');
});

test('a reason is written down by its number', () => {
  const codes = Object.keys(refusals) as RefusalCode[];
  for (const code of codes) assert.equal(refusalByNumber(refusals[code].number), code);
  assert.equal(new Set(codes.map((code) => refusals[code].number)).size, codes.length);
  assert.equal(refusalByNumber(60_000), undefined);
});
