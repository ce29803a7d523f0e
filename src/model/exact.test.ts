/**
 * The ledger never writes what a caller did not mean: absence is not zero, and no number or name becomes another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cells, decodeTransfer, encodeTransfer, encodeTransfers, TransferFlags, type TransferInput } from './index.ts';

const dirty = (size: number): Cells => Cells.over(new Uint8Array(size).fill(0xff).buffer);

test('to those who are exact a number that would change is an error, and so is a name that there is not', () => {
  const wrong: [event: object, message: string][] = [
    ...[-1, 1.5, Number.NaN, 2 ** 32].map((ledger): [object, string] => [{ ledger }, 'ledger must be a u32.']),
    ...[-1, 1.5, Number.NaN, 2 ** 16].map((flags): [object, string] => [{ flags }, 'flags must be a u16.']),
    [{ ammount: 1n }, 'ammount is no field that this has'],
    [{ 'evil\r\n\u001b[2J': 1 }, 'evil\\x0d\\x0a\\x1b[2J is no field that this has'],
    [{ amount: null }, 'amount must be a BigInt'],
    [{ amount: 1 }, 'amount must be a BigInt'],
  ];
  const whole = { id: 1n, amount: 1n, ledger: 1, code: 1 };
  for (const [more, message] of wrong) {
    assert.throws(() => encodeTransfer(dirty(128), 0, { ...whole, ...more } as TransferInput), {
      code: 'invalid_argument',
      message,
      field: message.split(' ')[0]!,
    });
  }
});

test('an amount that is left out is no zero, except in a void; tigerbeetle-node has the same words for both', () => {
  for (const flags of [undefined, 0, 1, 2, 4, 16, 32, 256]) {
    for (const amount of [{}, { amount: undefined }]) {
      const event = { id: 1n, pending_id: 2n, ...(flags === undefined ? {} : { flags }), ...amount } as TransferInput;
      assert.throws(() => encodeTransfer(dirty(128), 0, event), { field: 'amount', message: /^amount is missing/ });
      assert.throws(() => encodeTransfer(dirty(128), 0, event, false), { message: 'amount must be a BigInt' });
    }
  }
  const cells = dirty(128);
  encodeTransfer(cells, 0, { id: 1n, pending_id: 2n, flags: TransferFlags.void_pending_transfer });
  assert.equal(decodeTransfer(cells, 0).amount, 0n);
});

test('names are checked for every event, whatever those before it were made of', () => {
  const events = fc.array(
    fc.record(
      { id: fc.constant(1n), amount: fc.constant(1n), code: fc.constant(1), ledger: fc.constant(1), typo: fc.nat() },
      { requiredKeys: ['id', 'amount'] },
    ),
    { minLength: 1, maxLength: 6 },
  );
  const turned = fc
    .tuple(events, fc.boolean())
    .map(([list, turn]) =>
      list.map((event) => Object.fromEntries(turn ? Object.entries(event).reverse() : Object.entries(event))),
    );
  fc.assert(
    fc.property(turned, (list) => {
      const write = (): void => encodeTransfers(dirty(128 * 6), 0, list as unknown as TransferInput[]);
      const first = list.findIndex((event) => 'typo' in event);
      if (first < 0) write();
      else assert.throws(write, { index: first, field: 'typo' });
    }),
  );
});
