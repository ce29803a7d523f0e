import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveText } from '../../test/support/archive-text.ts';
import { archiveLines } from './archive-lines.ts';
import { restore } from './restore.ts';

const ARCHIVE = [
  '{"archive":1}',
  '{"account":{"id":"1","ledger":1,"code":1,"flags":["linked"],"timestamp":"5"}}',
  '{"account":{"id":"2","ledger":1,"code":1,"flags":[],"timestamp":"6"}}',
  '{"transfer":{"id":"340282366920938463463374607431768211454","debit_account_id":"1","credit_account_id":"2",' +
    '"amount":"1000","ledger":1,"code":7,"flags":["pending"],"timestamp":"7"}}',
  '{"expiry":{"transfer_id":"340282366920938463463374607431768211454","timestamp":"9"}}',
  '{"end":{"accounts":2,"transfers":1,"expiries":1}}',
  '',
].join('\n');

test('lines are read as what they say, with their numbers, empty ones counted', async () => {
  const lines = [];
  for await (const line of archiveLines(archiveText(ARCHIVE.replace('{"transfer"', '\n\n{"transfer"'))))
    lines.push(line);
  assert.deepEqual(
    lines.map(({ kind, line }) => [kind, line]),
    [
      ['account', 2],
      ['account', 3],
      ['transfer', 6],
      ['expiry', 7],
    ],
  );
  const [account, , transfer, expiry] = lines;
  assert.ok(account?.kind === 'account' && account.account.flags === 1 && account.account.timestamp === 5n);
  assert.ok(transfer?.kind === 'transfer' && transfer.transfer.id === 2n ** 128n - 2n && transfer.transfer.flags === 2);
  assert.ok(expiry?.kind === 'expiry' && expiry.transferId === 2n ** 128n - 2n && expiry.timestamp === 9n);
});

test('lines longer than what is read at once are lines', async () => {
  const padded = ARCHIVE.replace('{"expiry"', `${' '.repeat(3 << 20)}{"expiry"`);
  let bytes = 0;
  let count = 0;
  for await (const _ of archiveLines(archiveText(padded), (size) => (bytes += size))) count++;
  assert.deepEqual([count, bytes], [4, padded.length]);
});

for (const [about, change, message] of [
  ['is no archive', (text: string) => text.slice(text.indexOf('\n') + 1), /:1: an archive begins with/],
  [
    'is of another version',
    (text: string) => text.replace('"archive":1', '"archive":4'),
    /:1: format 4; this Tallystick reads up to 3/,
  ],
  ['is cut within a line', (text: string) => text.slice(0, 120), /:\d: this is not JSON/],
  ['is cut between lines', (text: string) => text.split('\n').slice(0, 4).join('\n'), /its last line is missing/],
  [
    'misses a line',
    (text: string) => text.replace(/^\{"transfer".*\n/m, ''),
    /the archive had 1 transfers, and the file has 0/,
  ],
  ['has something behind its end', (text: string) => `${text}{"account":{}}\n`, /:7: something follows the end/],
  [
    'has an unknown line',
    (text: string) => text.replace('{"transfer"', '{"transaction"'),
    /:4: transaction is nothing that an archive has/,
  ],
  ['has an unknown field', (text: string) => text.replace('"amount"', '"amuont"'), /:4: transfer has no field amuont/],
  [
    'has an unknown flag',
    (text: string) => text.replace('"pending"', '"pendign"'),
    /:4: transfer\.flags has no member pendign/,
  ],
  [
    'has an amount that is none',
    (text: string) => text.replace('"amount":"1000"', '"amount":"1e3"'),
    /:4: transfer\.amount must be a whole number/,
  ],
  [
    'has an expiry of nothing',
    (text: string) => text.replace(/\{"expiry":.*/, '{"expiry":null}'),
    /:5: expiry must be an object/,
  ],
  [
    'has an expiry at two times',
    (text: string) => text.replace('"timestamp":"9"', '"timestamp":"9","timestamp_iso":"2026-01-31T12:00:00Z"'),
    /:5: expiry\.timestamp_iso is another time than timestamp/,
  ],
  [
    'has a transfer at two times',
    (text: string) => text.replace('"timestamp":"7"', '"timestamp":"7","timestamp_iso":"2026-01-31T12:00:00Z"'),
    /:4: transfer\.timestamp_iso is another time than timestamp/,
  ],
  ['has an end of nothing', (text: string) => text.replace(/\{"end":.*/, '{"end":7}'), /:6: end must be an object/],
  ['has a line that is a list', (text: string) => text.replace(/\{"expiry":.*/, '[1]'), /:5: 0 must be an object/],
  ['has two things in a line', (text: string) => text.replace('}}\n', '},"x":1}\n'), /:2: a line has one thing in it/],
] as const) {
  test(`a file that ${about} is refused before anything is opened`, async () => {
    await assert.rejects(
      restore(archiveText(change(ARCHIVE)), () => assert.fail('opened')),
      { code: 'book_invalid', message },
    );
  });
}
