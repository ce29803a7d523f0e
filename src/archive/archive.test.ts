import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveText } from '../../test/support/archive-text.ts';
import { workload } from '../../testing/model/workload.ts';
import { EngineReplayPort, openMemory } from '../engine/index.ts';
import {
  AccountFlags,
  type Ledger,
  type MemoryLedger,
  open,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../index.ts';
import { ObjectLedger } from '../model/index.ts';
import { archive } from './archive.ts';
import { expiryId, type Restored, restore } from './restore.ts';

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

async function archived(ledger: Ledger): Promise<string> {
  let text = '';
  for await (const piece of archive(ledger)) text += piece;
  return text;
}

/** As older versions wrote it: what is changed in it is not noticed. */
function unsummed(text: string): string {
  return text.replace(/^\{"sum":.*\n/gm, '').replace('{"archive":3}', '{"archive":1}');
}

/** Into an empty ledger that is a day ahead of the ones that are exported here. */
async function restored(text: string): Promise<{ ledger: MemoryLedger; result: Restored }> {
  const ledger = await open(':memory:', { now: START + 86_400n * SECOND });
  return { ledger, result: await restore(archiveText(text), async () => ledger) };
}

const ids = { till: 1n, bank: 2n, shop: 3n, gone: 4n, never: 5n };
let last = 100n;
const move = (from: bigint, to: bigint, amount: bigint, rest: Partial<Transfer> = {}): TransferInput => ({
  id: ++last,
  debit_account_id: from,
  credit_account_id: to,
  amount,
  ledger: 1,
  code: 7,
  ...rest,
});
const ending = (pending_id: bigint, flags: number, amount: bigint): TransferInput => ({
  id: ++last,
  pending_id,
  flags,
  amount,
});

/** Something of everything. */
async function shop(): Promise<MemoryLedger> {
  const ledger = await open(':memory:', { now: START });
  await ledger.createAccounts([
    { id: ids.till, ledger: 1, code: 1, flags: AccountFlags.linked | AccountFlags.history, user_data_128: 2n ** 127n },
    { id: ids.bank, ledger: 1, code: 1, user_data_64: 2n ** 63n, user_data_32: 2 ** 31 },
    { id: ids.shop, ledger: 1, code: 1, flags: AccountFlags.credits_must_not_exceed_debits },
    { id: ids.gone, ledger: 1, code: 1 },
    { id: ids.never, ledger: 1, code: 1, flags: AccountFlags.closed },
  ]);
  const hold = move(ids.bank, ids.till, 50n, { flags: TransferFlags.pending, user_data_128: 9n });
  const part = move(ids.bank, ids.till, 60n, { flags: TransferFlags.pending });
  const open_ = move(ids.bank, ids.till, 5n, { flags: TransferFlags.pending });
  await ledger.createTransfers([
    move(ids.bank, ids.till, 1000n),
    move(ids.till, ids.bank, 1n, { flags: TransferFlags.linked }),
    move(ids.bank, ids.gone, 2n, { flags: TransferFlags.linked }),
    move(ids.gone, ids.bank, 2n),
    hold,
    part,
    open_,
  ]);
  await ledger.createTransfers([
    ending(hold.id as bigint, TransferFlags.void_pending_transfer, 0n),
    ending(part.id as bigint, TransferFlags.post_pending_transfer, 40n),
    move(ids.till, ids.bank, 2n ** 128n - 1n, { flags: TransferFlags.balancing_debit }),
    move(ids.bank, ids.shop, 10n), // refused: the shop has no debits
    move(ids.gone, ids.bank, 0n, { flags: TransferFlags.pending | TransferFlags.closing_debit }),
  ]);
  return ledger;
}

test('what is exported, imported and exported again is the same to the byte', async () => {
  const ledger = await shop();
  const text = await archived(ledger);
  const { ledger: copy, result } = await restored(text);
  assert.deepEqual(
    { ...result, refused: result.refused ?? null },
    {
      counts: { accounts: 5, transfers: 11, expiries: 0 },
      skipped: 0,
      refused: null,
      differences: [],
      timeouts: 0,
      timeoutsOpen: 0,
      isSummed: true,
    },
  );
  assert.equal(await archived(copy), text);
  // Closed by a transfer, and closed from the beginning.
  const flags = (await copy.lookupAccounts([ids.gone, ids.never])).map((account) => account.flags);
  assert.deepEqual(flags, [AccountFlags.closed | AccountFlags.imported, AccountFlags.closed | AccountFlags.imported]);
  const history = (from: Ledger) => from.getAccountBalances({ account_id: ids.till });
  assert.deepEqual(await history(copy), await history(ledger));
});

test('the lines are an archive: accounts, transfers, and an end that counts them', async () => {
  const lines = (await archived(await shop()))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines[0], { archive: 3 });
  assert.deepEqual(lines[1].account.flags, ['linked', 'history']);
  assert.equal(lines[1].account.user_data_128, String(2n ** 127n));
  assert.equal(lines.filter((line) => 'transfer' in line).length, 11);
  assert.deepEqual(lines.at(-1), { end: { accounts: 5, transfers: 11, expiries: 0 } });
  assert.equal(
    unsummed(await archived(await open(':memory:'))),
    '{"archive":1}\n{"end":{"accounts":0,"transfers":0,"expiries":0}}\n',
  );
});

test('what expired is voided at its time, and timeouts that are still running are told', async () => {
  const ledger = await open(':memory:', { now: START });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  const pending = (timeout: number) => move(1n, 2n, 5n, { flags: TransferFlags.pending, timeout });
  const [short, long, posted] = [pending(1), pending(1000), pending(2000)];
  await ledger.createTransfers([short, long, posted]);
  await ledger.createTransfers([ending(posted.id as bigint, TransferFlags.post_pending_transfer, 5n)]);
  await ledger.advance(2n * SECOND);
  const text = await archived(ledger);
  const expiry = text
    .split('\n')
    .map((line) => (line === '' ? {} : JSON.parse(line)))
    .find((line) => 'expiry' in line)!.expiry;
  assert.equal(expiry.transfer_id, String(short.id));
  const { ledger: copy, result } = await restored(text);
  assert.deepEqual([result.refused, result.differences, result.timeouts, result.timeoutsOpen], [undefined, [], 3, 1]);
  const [made] = await copy.lookupTransfers([expiryId(short.id as bigint)]);
  assert.deepEqual([made!.pending_id, made!.amount, String(made!.timestamp)], [short.id, 5n, expiry.timestamp]);
  // From there on nothing changes any more.
  const again = await archived(copy);
  assert.equal(await archived((await restored(again)).ledger), again);
});

test('whatever a ledger went through, its archive makes a ledger with the same balances and transfers', async () => {
  const timestamps = /"timestamp":"(\d+)"/g;
  const transferId = /^\{"transfer":\{"id":"(\d+)"/;
  let transfers = 0;
  let identical = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const { engine } = openMemory({ expires: false });
    const port = new EngineReplayPort(engine);
    for (const step of workload(seed, 120)) {
      if (step.kind === 'advance') await port.advance(step.nanoseconds);
      else await port.request(step.operation, step.events, step.timestamp);
    }
    const text = await archived(new ObjectLedger(engine));
    await port.close();
    const newest = [...text.matchAll(timestamps)].reduce(
      (max, [, digits]) => (BigInt(digits!) > max ? BigInt(digits!) : max),
      0n,
    );
    const clock = { wall: () => newest + SECOND, monotonic: () => 0n };
    const copy = new ObjectLedger(openMemory({ clock, expires: false }).engine);
    const result = await restore(archiveText(text), async () => copy);
    assert.deepEqual([result.refused, result.differences], [undefined, []], `seed ${seed}`);
    const again = await archived(copy);
    await copy.close();
    transfers += result.counts.transfers;
    if (again === text) identical++;
    // But for timeouts, and for the voids in place of expiries.
    const known = new Set(text.split('\n').map((line) => transferId.exec(line)?.[1]));
    const kept = (archive: string): string[] =>
      archive
        .split('\n')
        .filter((line) => !/^\{"(expiry|sum|end)"/.test(line) && known.has(transferId.exec(line)?.[1]))
        .map((line) => line.replace(/"timeout":\d+/, '"timeout":0'));
    assert.deepEqual(kept(again), kept(text), `seed ${seed}`);
  }
  assert.ok(transfers > 5000 && identical > 0, `${transfers} transfers, ${identical} of 40 the same to the byte`);
});

test('importing again changes nothing, and adds what was added', async () => {
  const ledger = await shop();
  const before = await archived(ledger);
  const { ledger: copy } = await restored(before);
  const again = await restore(archiveText(before), async () => copy);
  assert.equal(again.skipped, 16);
  assert.equal(await archived(copy), before);
  await ledger.createAccounts([{ id: 9n, ledger: 1, code: 1 }]);
  await ledger.createTransfers([move(ids.bank, 9n, 3n)]);
  const later = await archived(ledger);
  const added = await restore(archiveText(later), async () => copy);
  assert.deepEqual([added.skipped, added.refused, added.differences], [16, undefined, []]);
  assert.equal(await archived(copy), later);
});

test('an import that was cut short goes on where it stopped', async () => {
  const ledger = await open(':memory:', { now: START });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  for (let batch = 0; batch < 4; batch++) {
    // Chains of three, so that requests cannot end anywhere.
    const chain = (index: number) => (index % 3 === 2 ? 0 : TransferFlags.linked);
    await ledger.createTransfers(Array.from({ length: 6000 }, (_, index) => move(1n, 2n, 1n, { flags: chain(index) })));
  }
  const source = archiveText(await archived(ledger));
  const copy = await open(':memory:', { now: START + 86_400n * SECOND });
  let calls = 0;
  const failing = new Proxy(copy, {
    get: (target, name) => {
      if (name === 'createTransfers' && ++calls === 3) return () => Promise.reject(new Error('the line went dead'));
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  await assert.rejects(
    restore(source, async () => failing),
    /the line went dead/,
  );
  const held = (await copy.queryTransfers({ flags: 1, limit: 1 }))[0]!;
  assert.ok(held.timestamp > 0n);
  const result = await restore(source, async () => copy);
  assert.ok(result.skipped > 2 && result.skipped < 24_002, `${result.skipped}`);
  assert.deepEqual([result.refused, result.differences], [undefined, []]);
  assert.equal(await archived(copy), await archived(ledger));
});

test('a ledger that holds something else is left alone', async () => {
  const text = await archived(await shop());
  const other = await open(':memory:', { now: START + SECOND });
  await other.createAccounts([{ id: 77n, ledger: 1, code: 1 }]);
  const before = await archived(other);
  await assert.rejects(
    restore(archiveText(text), async () => other),
    { code: 'book_conflict' },
  );
  assert.equal(await archived(other), before);
});

test('the first event that is refused is named with its line, and nothing is sent behind it', async () => {
  const text = unsummed(await archived(await shop()));
  const lines = text.split('\n');
  const index = lines.findIndex((line) => line.includes('"amount":"1000"'));
  lines[index] = lines[index]!.replace('"debit_account_id":"2"', '"debit_account_id":"1"');
  const { result } = await restored(lines.join('\n'));
  const id = BigInt(JSON.parse(lines[index]!).transfer.id);
  assert.deepEqual(result.refused, { line: index + 1, what: 'transfer', id, status: 'accounts_must_be_different' });
  const chain = text.split('\n').findIndex((line) => line.includes('"amount":"2"'));
  const broken = text.split('\n');
  broken[chain] = broken[chain]!.replace('"code":7', '"code":0');
  const refused = (await restored(broken.join('\n'))).result.refused!;
  assert.deepEqual([refused.line, refused.status], [chain + 1, 'code_must_not_be_zero']);
});

test('balances that come out otherwise are told', async () => {
  const text = unsummed(await archived(await shop()));
  const { result } = await restored(text.replace('"debits_posted":"1042"', '"debits_posted":"1043"'));
  assert.equal(result.refused, undefined);
  assert.deepEqual(result.differences, ['account 2: debits_posted 1043 in the archive, 1042 in the ledger']);
});

test('a ledger that goes on while it is archived makes no archive that does not add up', async () => {
  const ledger = await open(':memory:');
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  await ledger.createTransfers([move(1n, 2n, 5n)]);
  const pieces = archive(ledger);
  let text = (await pieces.next()).value as string;
  await ledger.createTransfers([move(1n, 2n, 5n)]);
  const rest = async (): Promise<void> => {
    for await (const piece of pieces) text += piece;
  };
  await assert.rejects(rest(), /went on while/);
  assert.doesNotMatch(text, /"end"/);
  await ledger.close();
});
