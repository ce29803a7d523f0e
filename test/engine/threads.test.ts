/**
 * Many callers at once, on threads: the order of replies, what queries see, rings that run full, and closing in the
 * middle of it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EngineOptions, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { CreateTransferStatus, ObjectLedger, TransferBatch, type TransferInput } from '../../src/model/index.ts';
import { tight, tightForgetful } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';

const EVENTS_MAX = 8189;
const folder = temporaryFolder();
let ledgers = 0;
async function begin(options: EngineOptions): Promise<ObjectLedger> {
  const { engine } = await openFolder(join(folder, String(ledgers++)), options);
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  return ledger;
}

function transfer(id: number): TransferInput {
  return { id: BigInt(id), debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
}

/** `count` transfers with the ids from `first` on. */
function batch(first: number, count: number): TransferBatch {
  const transfers = new TransferBatch(count);
  for (let index = 0; index < count; index++) transfers.add(transfer(first + index));
  return transfers;
}

for (const wait of ['blocking', 'yielding', 'busy-spin', 'resting'] as const) {
  test(`single transfers of a thousand callers are all created, and answered in the order of their calls (${wait})`, {
    timeout: 60_000,
  }, async () => {
    const ledger = await begin({ mode: 'threads', sizes: SMALL_SIZES, wait });
    const order: number[] = [];
    const caller = async (number: number): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        const id = 1 + round * 1000 + number;
        const [result] = await ledger.createTransfers([transfer(id)]);
        assert.equal(result?.status, CreateTransferStatus.created);
        order.push(id);
      }
    };
    await Promise.all(Array.from({ length: 1000 }, (_, number) => caller(number)));
    assert.equal(order.length, 3000);
    // Everybody calls in the first turn; the second round's calls come in the order of the first one's answers.
    assert.deepEqual(
      order,
      Array.from({ length: 3000 }, (_, index) => index + 1),
    );
    const [account] = await ledger.lookupAccounts([2n]);
    assert.equal(account?.credits_posted, 3000n);
    await ledger.close();
  });
}

test('timestamps grow from reply to reply, whatever the sizes of requests', { timeout: 60_000 }, async () => {
  const ledger = await begin(tight);
  const sizes = [1, 2, 31, 32, 33, 255, 256, 4095, 4096, EVENTS_MAX - 1, EVENTS_MAX, 1, EVENTS_MAX, EVENTS_MAX, 7];
  let first = 1;
  const calls = sizes.map((count) => {
    const call = ledger.createTransfers(Array.from({ length: count }, (_, index) => transfer(first + index)));
    first += count;
    return call;
  });
  let last = 0n;
  for (const [index, call] of calls.entries()) {
    const results = await call;
    assert.equal(results.length, sizes[index]);
    for (const { timestamp, status } of results) {
      assert.equal(status, CreateTransferStatus.created);
      assert.ok(timestamp > last);
      last = timestamp;
    }
  }
  await ledger.close();
});

for (const { name, options } of [
  { name: 'a ring of two batches', options: tight },
  { name: 'a ring of two batches and runs being built', options: tightForgetful },
]) {
  test(`more calls than the ring holds wait their turn, and queries see all that was called before (${name})`, {
    timeout: 120_000,
  }, async () => {
    const ledger = await begin(options);
    const counts: Promise<void>[] = [];
    const sizes = [1, 700, EVENTS_MAX, 3, 3, EVENTS_MAX, 200, 1000, EVENTS_MAX, EVENTS_MAX];
    let sent = 0;
    for (const count of sizes) {
      void ledger.createTransfers(batch(sent + 1, count));
      sent += count;
      const seen = sent;
      counts.push(
        ledger.lookupAccounts([1n]).then(([account]) => {
          assert.equal(account?.debits_posted, BigInt(seen), 'a lookup');
        }),
        ledger.queryTransfers({ limit: EVENTS_MAX }).then((found) => {
          assert.equal(found.length, Math.min(seen, EVENTS_MAX), 'a query that fills its reply');
        }),
        ledger.getAccountTransfers({ account_id: 2n, limit: 10, flags: 2 | 4 }).then((found) => {
          assert.equal(found[0]?.id, BigInt(seen), 'a query for the newest');
        }),
        ledger.lookupTransfers([1n, BigInt(seen), BigInt(seen + 1)]).then((found) => {
          const ids = found.map(({ id }) => id);
          assert.deepEqual(ids, seen === 1 ? [1n, 1n] : [1n, BigInt(seen)], 'a lookup of the first and the last');
        }),
      );
    }
    await Promise.all(counts);
    await ledger.close();
  });
}

test('replies of a MiB each come one after another through a ring that holds two', { timeout: 60_000 }, async () => {
  const ledger = await begin(tight);
  await ledger.createTransfers(batch(1, EVENTS_MAX));
  const found = await Promise.all(
    Array.from({ length: 60 }, (_, index) => ledger.queryTransfers({ limit: EVENTS_MAX - index })),
  );
  assert.deepEqual(
    found.map((transfers) => transfers.length),
    Array.from({ length: 60 }, (_, index) => EVENTS_MAX - index),
  );
  await ledger.close();
});

test('closing answers what is in flight, in the ring and behind it, and refuses what comes later', {
  timeout: 60_000,
}, async () => {
  const ledger = await begin(tight);
  const calls = Array.from({ length: 10 }, (_, index) =>
    ledger.createTransfers(batch(1 + index * EVENTS_MAX, EVENTS_MAX)),
  );
  const closed = ledger.close();
  await assert.rejects(ledger.createTransfers([transfer(1)]), { code: 'closed' });
  await assert.rejects(ledger.lookupAccounts([1n]), { code: 'closed' });
  for (const results of await Promise.all(calls)) {
    assert.equal(results.count, EVENTS_MAX);
    assert.equal(results.status(EVENTS_MAX - 1), CreateTransferStatus.created);
  }
  await closed;
  assert.equal(ledger.close(), ledger.close(), 'closing again is the same closing');
  await ledger.close();
});

test('a ledger closed under load has, when it is opened again, all that was answered', {
  timeout: 60_000,
}, async () => {
  const path = join(folder, 'under load');
  const ledger = new ObjectLedger((await openFolder(path, tightForgetful)).engine);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  let answered = 0;
  const caller = async (number: number): Promise<void> => {
    for (let round = 0; round < 1_000_000; round++) {
      const id = 1 + round * 8 + number;
      try {
        await ledger.createTransfers([transfer(id)]);
        answered++;
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'closed');
        return;
      }
    }
  };
  const callers = Promise.all(Array.from({ length: 8 }, (_, number) => caller(number)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await ledger.close();
  await callers;
  const again = new ObjectLedger((await openFolder(path, tightForgetful)).engine);
  const [account] = await again.lookupAccounts([2n]);
  assert.equal(account?.credits_posted, BigInt(answered));
  assert.ok(answered > 0);
  await again.close();
});

test('a builder that cannot write ends the ledger with the reason, and what was answered is there when it can again', {
  timeout: 60_000,
}, async () => {
  const path = join(folder, 'builder');
  const obstacle = join(path, 'runs', '00000000.run.tmp');
  const ledger = new ObjectLedger((await openFolder(path, tightForgetful)).engine);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  mkdirSync(obstacle, { recursive: true });
  let answered = 0;
  await assert.rejects(
    async () => {
      for (; answered < 100_000; answered += 300) await ledger.createTransfers(batch(1 + answered, 300));
    },
    { code: 'not_writable' },
  );
  await assert.rejects(ledger.lookupAccounts([1n]), { code: 'not_writable' }, 'and goes on saying so');
  await ledger.close();
  rmSync(obstacle, { recursive: true });
  const again = new ObjectLedger((await openFolder(path, tightForgetful)).engine);
  const [account] = await again.lookupAccounts([2n]);
  assert.ok(Number(account?.credits_posted) >= answered);
  await again.createTransfers(batch(200_001, 1000));
  await again.close();
});
