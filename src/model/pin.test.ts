import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPin, holdToPin, parsePin } from './pin.ts';

test('a pin is read as it was written, and nothing else is one', () => {
  const pins = fc.record({
    ledgerId: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    lastOp: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
  });
  fc.assert(fc.property(pins, (pin) => assert.deepEqual(parsePin(formatPin(pin)), { ...pin })));
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  assert.deepEqual(parsePin(`${id.toUpperCase()}@007`), {
    ledgerId: BigInt(`0x${id.replaceAll('-', '')}`),
    lastOp: 7n,
  });
  for (const text of [
    '',
    id,
    `${id}@`,
    `@${id}`,
    `${id}@-1`,
    `${id}@1.5`,
    `${id} @1`,
    `${id}@1\n`,
    `${id}@9007199254740992`,
  ]) {
    assert.throws(() => parsePin(text), { code: 'invalid_argument' }, text);
  }
  const dashes = '-'.repeat(36);
  assert.throws(() => parsePin(`${dashes}@1`), { code: 'invalid_argument' });
});

test('only the same ledger with as much of it, or more, is what a pin means', () => {
  const pin = { ledgerId: 5n, lastOp: 7n };
  holdToPin(pin, pin);
  holdToPin(pin, { ledgerId: 5n, lastOp: 8n });
  assert.throws(() => holdToPin(pin, { ledgerId: 6n, lastOp: 9n }), {
    code: 'ledger_changed',
    retriable: false,
    message: 'the server has ledger 00000000-0000-0000-0000-000000000006, not 00000000-0000-0000-0000-000000000005',
  });
  assert.throws(() => holdToPin(pin, { ledgerId: 5n, lastOp: 6n }), {
    code: 'ledger_behind',
    retriable: false,
    message: 'the server has ledger 00000000-0000-0000-0000-000000000005 up to op 6; the client has heard of op 7',
  });
});
