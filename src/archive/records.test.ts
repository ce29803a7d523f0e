import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from '../../test/support/filled.ts';
import { type Ledger, open } from '../index.ts';
import { type Kind, recordLines } from './records.ts';

async function text(ledger: Ledger, kind: Kind, format: 'jsonl' | 'csv'): Promise<string> {
  let whole = '';
  for await (const piece of recordLines(ledger, kind, format)) whole += piece;
  return whole;
}

test('CSV has a row of names, JSON the same fields, and both the same records', async () => {
  const ledger = await open(':memory:');
  await fill(ledger);
  for (const kind of ['accounts', 'transfers', 'events'] as const) {
    const csv = (await text(ledger, kind, 'csv'))
      .trimEnd()
      .split('\r\n')
      .map((row) => row.split(','));
    const json = (await text(ledger, kind, 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [names, ...rows] = csv;
    assert.equal(rows.length, json.length);
    assert.deepEqual(names, Object.keys(json[0]));
    for (const index of [0, 1, rows.length - 1]) {
      const values = Object.values(json[index]).map((value) =>
        Array.isArray(value) ? value.join('|') : String(value),
      );
      assert.deepEqual(rows[index], values);
    }
  }
  const [account] = JSON.parse(`[${(await text(ledger, 'accounts', 'jsonl')).split('\n')[0]}]`);
  assert.deepEqual([account.id, account.debits_pending, account.ledger, account.flags], ['1', '4500', 1, ['history']]);
  await ledger.close();
});
