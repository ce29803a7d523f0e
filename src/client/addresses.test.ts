import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddresses, parseUnix } from './addresses.ts';

// Addresses that tigerbeetle-node 0.17.9 accepts and refuses, tried against it.
const accepted: [addresses: (string | number)[], parsed: string[]][] = [
  [[3000], ['127.0.0.1:3000']],
  [['3000'], ['127.0.0.1:3000']],
  [['0'], ['127.0.0.1:0']],
  [['65535'], ['127.0.0.1:65535']],
  [['10.0.0.1'], ['10.0.0.1:3000']],
  [['10.0.0.1:0'], ['10.0.0.1:0']],
  [['[::1]'], ['[::1]:3000']],
  [['[0:0::1]:3000'], ['[::1]:3000']],
  [['3000,3001'], ['127.0.0.1:3000', '127.0.0.1:3001']],
  [
    [3000, 3000],
    ['127.0.0.1:3000', '127.0.0.1:3000'],
  ],
  [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6].map((port) => `127.0.0.1:${port}`)],
];

for (const [addresses, parsed] of accepted) {
  test(`accepts ${addresses.join()}`, () => assert.deepEqual(parseAddresses(addresses), parsed));
}

const invalid = [
  'x',
  '99999',
  '65536',
  '-1',
  '01',
  ' 3000',
  '3000,',
  '3000.5',
  '1e3',
  '1_000',
  ':3000',
  '1.2.3',
  '1.2.3.4.5',
  '256.0.0.1:3000',
  '01.2.3.4',
  '1.2.3.4:',
  '1.2.3.4:x',
  '1.2.3.4:+5',
  '1.2.3.4:65536',
  '127.0.0.1:03000',
  'localhost:3000',
  '::1',
  '[::1',
  '[::1]:x',
  '[1.2.3.4]:30',
  '[fe80::1%eth0]',
];

for (const address of invalid) {
  test(`refuses '${address}'`, () => {
    assert.throws(() => parseAddresses([address]), { message: 'Invalid replica address.' });
  });
}

test('refuses none, an empty one, and more than six', () => {
  assert.throws(() => parseAddresses([]), { message: 'replica_addresses must not be empty' });
  assert.throws(() => parseAddresses(['']), { message: 'replica_addresses must not be empty' });
  assert.throws(() => parseAddresses([1, 2, 3, 4, 5, 6, 7]), { message: 'Too many replica addresses.' });
});

test('a socket of this machine has a path from the root, in one spelling', () => {
  assert.deepEqual(parseUnix('unix:/run/shop.sock'), { path: '/run/shop.sock' });
  assert.deepEqual(parseUnix('unix:///run/shop.sock'), { path: '/run/shop.sock' });
  for (const other of [
    'unix:',
    'unix:/',
    'unix:shop.sock',
    'unix://shop.sock',
    'unix:/run/',
    '/run/shop.sock',
    'tcp://run',
  ]) {
    assert.equal(parseUnix(other), undefined, other);
  }
  assert.deepEqual(parseAddresses(['unix:///run/shop.sock', 3000]), ['unix:/run/shop.sock', '127.0.0.1:3000']);
  assert.throws(() => parseAddresses(['unix:shop.sock']), { message: 'Invalid replica address.' });
});
