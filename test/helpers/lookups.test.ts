import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPlace } from '../../src/helpers/lookups.ts';
import { formatUuid, open } from '../../src/index.ts';

test('every id has its place, whether something was found or not', async () => {
  await using ledger = await open(':memory:');
  await ledger.createAccounts([1n, 3n].map((id) => ({ id, ledger: 1, code: 1 })));
  const ids = [1n, 2n, formatUuid(3n), 1n, formatUuid(4n)];
  const found = await ledger.lookupAccounts(ids);
  assert.deepEqual(
    inPlace(ids, found).map((account) => account?.id),
    [1n, undefined, 3n, 1n, undefined],
  );
  assert.deepEqual(inPlace([], found), []);
});

test('what is no id is refused', () => {
  for (const id of ['1', 1, undefined] as unknown as bigint[]) {
    assert.throws(() => inPlace([id], []), { code: 'invalid_argument' });
  }
});
