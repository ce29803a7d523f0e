/** Scores in the way of payments: what is recorded, what is answered, and what a second attempt and a replay see. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { open, CreateTransferStatus as Status, TransferFlags, type TransferInput } from 'tallystick';
import {
  activate,
  BY_AMOUNT,
  BY_COUNT,
  CONTROL,
  HUGE,
  LARGE,
  LEDGER,
  makeAccounts,
  openHere,
  openWith,
  POLICY,
  payment,
  type Scored,
  SMALL,
} from '../../test/scored.ts';
import { ModelState } from './control.ts';
import { Action, decodeDecision, Why } from './decision.ts';
import { checkModel, digestOf, MemoryModels } from './model-store.ts';
import { DENIED } from './scorer.ts';

async function send({ ledger }: Scored, ...transfers: TransferInput[]): Promise<number[]> {
  return (await ledger.createTransfers(transfers)).map(({ status }) => status);
}

async function decisionOf({ ledger }: Scored, id: bigint): Promise<ReturnType<typeof decodeDecision>> {
  const [transfer] = await ledger.lookupTransfers([id]);
  return decodeDecision(transfer!.user_data_32);
}

const debits = async ({ ledger }: Scored, id = 1n): Promise<[bigint, bigint]> => {
  const [account] = await ledger.lookupAccounts([id]);
  return [account!.debits_posted, account!.debits_pending];
};

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-scored-'));
  try {
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a payment is made, held or denied by the margin, and its record says which and by which model', async () => {
  const scored = await openWith(BY_AMOUNT);
  assert.deepEqual(await send(scored, payment(1n, SMALL), payment(2n, LARGE), payment(3n, HUGE)), [
    Status.created,
    Status.created,
    DENIED,
  ]);
  const scoredBy = { why: Why.scored, model: 1 };
  assert.deepEqual(await decisionOf(scored, 1n), { action: Action.allow, ...scoredBy, marginMilli: 0 });
  assert.deepEqual(await decisionOf(scored, 2n), { action: Action.review, ...scoredBy, marginMilli: 2000 });
  assert.deepEqual(await decisionOf(scored, 3n), { action: Action.deny, ...scoredBy, marginMilli: 4000 });
  const [, held, denied] = await scored.ledger.lookupTransfers([1n, 2n, 3n]);
  assert.equal(held!.flags, TransferFlags.pending);
  assert.equal(held!.timeout, 86_400);
  assert.equal(denied!.amount, 0n);
  assert.deepEqual(await debits(scored), [SMALL, LARGE]);
  await scored.ledger.close();
});

test('a second attempt is answered exists, whatever the model would say now', async () => {
  const scored = await openWith(BY_AMOUNT);
  const events = [payment(1n, SMALL), payment(2n, LARGE), payment(3n, HUGE)];
  await send(scored, ...events);
  await activate(scored, BY_COUNT, 2, 7002n);
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.deepEqual(await send(scored, ...events), [Status.exists, Status.exists, DENIED]);
  }
  assert.deepEqual(await send(scored, payment(1n, SMALL + 1n)), [Status.exists_with_different_amount]);
  assert.deepEqual(await send(scored, payment(2n, LARGE, { user_data_64: 5n })), [
    Status.exists_with_different_user_data_64,
  ]);
  assert.deepEqual(await debits(scored), [SMALL, LARGE]);
  await scored.ledger.close();
});

test('a payment from before there were scores is answered exists, too', async () => {
  await inFolder(async (folder) => {
    const plain = await open(folder, { mode: 'inline' });
    await plain.createAccounts([1n, 2n, ...CONTROL].map((id) => ({ id, ledger: LEDGER, code: 1 })));
    await plain.createTransfers([payment(5n, HUGE)]);
    await plain.close();
    const scored = await openHere(folder);
    await activate(scored, BY_AMOUNT, 1, 7001n);
    assert.deepEqual(await send(scored, payment(5n, HUGE), payment(6n, HUGE)), [Status.exists, DENIED]);
    assert.deepEqual(await debits(scored), [HUGE, 0n]);
    await scored.ledger.close();
  });
});

test('a chain in which one payment is denied fails as a whole; a chain that was made is answered exists', async () => {
  const scored = await openWith(BY_AMOUNT);
  const linked = TransferFlags.linked;
  const denied = [payment(1n, SMALL, { flags: linked }), payment(2n, HUGE, { flags: linked }), payment(3n, SMALL)];
  assert.deepEqual(await send(scored, ...denied, payment(4n, SMALL)), [
    Status.linked_event_failed,
    DENIED,
    Status.linked_event_failed,
    Status.created,
  ]);
  assert.equal((await scored.ledger.lookupTransfers([1n, 2n, 3n])).length, 0);
  const made = [payment(5n, SMALL, { flags: linked }), payment(6n, LARGE)];
  assert.deepEqual(await send(scored, ...made), [Status.created, Status.created]);
  // Now the count is above what the new model lets through, and every event of the chain would be denied.
  await activate(scored, BY_COUNT, 2, 7002n);
  await send(scored, ...[7n, 8n, 9n].map((id) => payment(id, SMALL)));
  assert.deepEqual(await send(scored, ...made), [Status.exists, Status.linked_event_failed]);
  await scored.ledger.close();
});

test('rows of one batch, and requests on their way, see one another', async () => {
  const scored = await openWith(BY_COUNT);
  const ids = Array.from({ length: 8 }, (_, index) => BigInt(index + 1));
  const batch = await send(scored, ...ids.slice(0, 3).map((id) => payment(id, SMALL)));
  // Nothing is awaited in between: the feed has told of none of these when the last is scored.
  const apart = await Promise.all(ids.slice(3).map((id) => send(scored, payment(id, SMALL))));
  const actions = await Promise.all(ids.map(async (id) => (await decisionOf(scored, id))!.action));
  const { allow, review, deny } = Action;
  assert.deepEqual(actions, [allow, allow, allow, review, review, deny, deny, deny]);
  assert.deepEqual([...batch, ...apart.flat()].filter((status) => status === DENIED).length, 3);
  await scored.ledger.close();
});

test('what the ledger refused is on its way no more', async () => {
  const scored = await openWith(BY_COUNT);
  for (let id = 1n; id <= 9n; id++) {
    const [status] = await send(scored, payment(id, SMALL, { credit_account_id: 4242n }));
    assert.equal(status, Status.credit_account_not_found);
  }
  assert.equal((await send(scored, payment(20n, SMALL)))[0], Status.created);
  assert.equal((await decisionOf(scored, 20n))!.action, Action.allow);
  await scored.ledger.close();
});

test('what is held is posted by a reviewer alone', async () => {
  const scored = await openWith(BY_AMOUNT);
  const post = (id: bigint): TransferInput => ({
    id,
    pending_id: 1n,
    amount: LARGE,
    flags: TransferFlags.post_pending_transfer,
  });
  const [made, early] = await Promise.all([send(scored, payment(1n, LARGE)), send(scored, post(2n))]);
  assert.deepEqual([made, early], [[Status.created], [DENIED]]);
  await scored.scorer.settled();
  assert.deepEqual(await send(scored, post(3n)), [DENIED]);
  assert.deepEqual(await debits(scored), [0n, LARGE]);
  assert.equal(await scored.scorer.review(1n, 4n, 'post'), Status.created);
  assert.deepEqual(await debits(scored), [LARGE, 0n]);
  assert.equal(scored.scorer.feed.held.size, 0);
  await scored.ledger.close();
});

test('without a model, the fail mode of the ledger decides, and the record says why', async () => {
  const expected = { open: Action.allow, closed: Action.deny, review: Action.review } as const;
  for (const fail of ['open', 'closed', 'review'] as const) {
    const scored = await openHere(':memory:', { policies: { [LEDGER]: { ...POLICY, fail } } });
    await makeAccounts(scored);
    await send(scored, payment(1n, SMALL));
    const decision = { action: expected[fail], why: Why.missing, model: 0, marginMilli: 0 };
    assert.deepEqual(await decisionOf(scored, 1n), decision, fail);
    await scored.ledger.close();
  }
});

test('rows that the time of a batch does not reach are decided by the fail mode', async () => {
  const scored = await openWith(BY_AMOUNT, { policies: { [LEDGER]: { ...POLICY, budgetMs: 1e-9 } } });
  await send(scored, ...Array.from({ length: 3000 }, (_, index) => payment(BigInt(index + 1), SMALL)));
  assert.equal((await decisionOf(scored, 3000n))!.why, Why.late);
  assert.equal((await decisionOf(scored, 3000n))!.action, Action.review);
  const { late, missing } = scored.scorer.judge.tallies.get(LEDGER)!.counts;
  assert.ok(late > 0 && missing === 0);
  await scored.ledger.close();
});

test('callers may name neither control accounts nor the decision, and nothing of their request is sent', async () => {
  const scored = await openWith(BY_AMOUNT);
  const bad = payment(2n, SMALL, { debit_account_id: CONTROL[0], credit_account_id: CONTROL[1] });
  await assert.rejects(send(scored, payment(1n, SMALL), bad), { code: 'forbidden' });
  await assert.rejects(send(scored, payment(1n, SMALL), payment(3n, SMALL, { user_data_32: 9 })), {
    code: 'invalid_argument',
    index: 1,
    field: 'user_data_32',
  });
  assert.equal((await scored.ledger.lookupTransfers([1n, 2n, 3n])).length, 0);
  await scored.ledger.close();
});

test('a shadow scores and decides nothing, and what differs is counted', async () => {
  const scored = await openWith(BY_AMOUNT);
  const { sha256 } = scored.models.add(BY_COUNT.bytes, BY_COUNT.manifest);
  await scored.scorer.switchModel(LEDGER, 7002n, { sha256, number: 2, state: ModelState.shadow });
  await send(scored, ...Array.from({ length: 6 }, (_, index) => payment(BigInt(index + 1), SMALL)));
  assert.deepEqual(await debits(scored), [6n * SMALL, 0n]);
  assert.deepEqual(scored.scorer.judge.shadows.get(`${LEDGER} 2`)!.counts, {
    rows: 6,
    agreed: 3,
    stricter: 3,
    looser: 0,
  });
  assert.ok(scored.scorer.judge.drift(digestOf(sha256))! > 0.25, 'half the scores are above what was trained');
  await scored.ledger.close();
});

test('a model that scores its golden rows otherwise, or knows other features, is refused', () => {
  const { bytes, manifest } = BY_AMOUNT;
  const [first, ...rest] = manifest.golden;
  const refused = { code: 'model_invalid' };
  assert.throws(() => checkModel(bytes, { ...manifest, golden: [{ ...first!, units: 1 }, ...rest] }), refused);
  assert.throws(() => checkModel(bytes, { ...manifest, features: ['x', ...manifest.features.slice(1)] }), refused);
  assert.throws(() => checkModel(bytes, { ...manifest, denyFrom: 0 }), refused);
  assert.throws(() => checkModel(bytes.subarray(0, bytes.length - 20), manifest), refused);
  assert.equal(checkModel(bytes, manifest).sha256.length, 64);
});

test('opened again without its models, a ledger is as it was: features, holds, decisions, the active model', async () => {
  await inFolder(async (folder) => {
    const before = await openHere(folder);
    await makeAccounts(before);
    await activate(before, BY_COUNT, 1, 7001n);
    for (let id = 1n; id <= 40n; id++) {
      await send(
        before,
        payment(id, id * 37n, { debit_account_id: 1n + (id % 4n), credit_account_id: 6n + (id % 5n) }),
      );
      before.clock.move(Number(id % 7n) * 10);
    }
    await before.scorer.settled();
    const [digest, held] = [before.scorer.feed.accounts.digest(), [...before.scorer.feed.held.keys()]];
    assert.ok(held.length > 0);
    const records = await before.ledger.queryTransfers({});
    await before.ledger.close();

    const again = await openHere(folder, { models: new MemoryModels() });
    assert.equal(again.scorer.feed.accounts.digest(), digest);
    assert.deepEqual([...again.scorer.feed.held.keys()], held);
    assert.deepEqual(await again.ledger.queryTransfers({}), records);
    assert.equal(again.scorer.feed.ledgers.get(LEDGER)!.models.active!.number, 1);
    again.clock.move(100_000);
    await send(again, payment(50n, SMALL));
    assert.equal((await decisionOf(again, 50n))!.why, Why.missing);
    await again.ledger.close();
  });
});
