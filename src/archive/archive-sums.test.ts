import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { archiveText } from '../../test/support/archive-text.ts';
import { type MemoryLedger, open } from '../index.ts';
import { archive } from './archive.ts';
import { type Restored, restore } from './restore.ts';

const START = 1_700_000_000_000_000_000n;
const DAY = 86_400_000_000_000n;

/** The archive of so many accounts and transfers. */
async function archiveOf(accounts: number, transfers: number): Promise<string> {
  await using ledger = await open(':memory:', { now: START });
  const ids = (count: number): bigint[] => Array.from({ length: count }, (_, index) => BigInt(index + 1));
  await ledger.createAccounts(ids(accounts).map((id) => ({ id, ledger: 1, code: 1, user_data_64: 7n })));
  await ledger.createTransfers(
    ids(transfers).map((id) => ({
      id,
      debit_account_id: 1n,
      credit_account_id: 2n,
      amount: 5n,
      user_data_128: 99n,
      ledger: 1,
      code: 1,
    })),
  );
  let text = '';
  for await (const piece of archive(ledger)) text += piece;
  return text;
}

async function restored(text: string): Promise<Restored> {
  await using ledger: MemoryLedger = await open(':memory:', { now: START + DAY });
  return await restore(archiveText(text), async () => ledger);
}

test('a digit that was changed anywhere is refused before anything is sent', async () => {
  const text = await archiveOf(2, 3);
  const refuse = async (changed: string): Promise<void> => {
    const opened = restore(archiveText(changed), () => assert.fail('it was opened'));
    await assert.rejects(opened, { code: 'book_invalid' });
  };
  for (const { index } of text.matchAll(/\d/g)) {
    const digit = (Number(text[index]) + 1) % 10;
    await refuse(text.slice(0, index) + digit + text.slice(index + 1));
  }
  const lines = text.split('\n');
  const sum = lines.findIndex((line) => line.startsWith('{"sum"'));
  await refuse(lines.toSpliced(sum, 1).join('\n'));
  await refuse(lines.toSpliced(1, 1).join('\n'));
});

test('an archive of version 2, which has no dates beside its times, is read as before', async () => {
  const text = await archiveOf(3, 2);
  const lines = text
    .replace('{"archive":3}', '{"archive":2}')
    .replaceAll(/,"timestamp_iso":"[^"]+"/g, '')
    .split('\n');
  const hash = createHash('sha256');
  const old = lines.map((line) => {
    const written = line.startsWith('{"sum"') ? `{"sum":"${hash.copy().digest('hex')}"}` : line;
    hash.update(`${written}\n`);
    return written;
  });
  assert.notEqual(old.join('\n'), lines.join('\n'));
  const again = await restored(old.join('\n'));
  assert.deepEqual([again.isSummed, again.counts.accounts, again.counts.transfers], [true, 3, 2]);
});

test('long archives have a sum every 1,024 lines, and old ones without any are read', async () => {
  const text = await archiveOf(2500, 0);
  const lines = text.split('\n');
  const at = lines.flatMap((line, index) => (line.startsWith('{"sum"') ? [index + 1] : []));
  assert.deepEqual(at, [1025, 2050, lines.length - 2]);
  const again = await restored(text);
  assert.deepEqual([again.isSummed, again.counts.accounts], [true, 2500]);
  const old = lines.filter((line) => !line.startsWith('{"sum"')).join('\n');
  const older = await restored(old.replace('{"archive":3}', '{"archive":1}'));
  assert.deepEqual([older.isSummed, older.counts.accounts], [false, 2500]);
});
