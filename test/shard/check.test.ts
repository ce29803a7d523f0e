import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkShards, open, sharded } from '../../src/index.ts';

test('shards are proved right while money moves between them', async () => {
  const shards = await Promise.all([open(':memory:'), open(':memory:'), open(':memory:')]);
  const ledger = await sharded(shards, { shardOf: (account) => Number(account % 3n) });
  const ids = Array.from({ length: 12 }, (_, i) => BigInt(i) + 1n);
  await ledger.createAccounts(ids.map((id) => ({ id, ledger: 1, code: 1 })));
  let next = 1n;
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      const transfers = Array.from({ length: 5 }, () => {
        const id = next++;
        const [debit_account_id, credit_account_id] = [ids[Number(id % 12n)]!, ids[Number((id * 7n + 5n) % 12n)]!];
        return { id, debit_account_id, credit_account_id, amount: 1n, ledger: 1, code: 1 };
      });
      const crossing = transfers.filter(({ debit_account_id: a, credit_account_id: b }) => a !== b);
      await ledger.createTransfers(crossing);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const clients = [client(), client(), client()];
  let crossed = 0;
  for (let checks = 0; checks < 40; checks++) {
    const { problems, crossed: seen } = await checkShards(shards);
    assert.deepEqual(problems, []);
    assert.ok(seen >= crossed, `${seen} crossed, ${crossed} before`);
    crossed = seen;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(crossed > 0);
  isOver = true;
  await Promise.all(clients);
  await ledger.close();
});
