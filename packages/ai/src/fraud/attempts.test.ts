/** Random batches, each sent twice while models change in between: the second attempt answers what the first did. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTransferStatus as Status, TransferFlags, type TransferInput } from 'tallystick';
import { ObjectLedger, Operation, type Port } from 'tallystick/internal';
import { activate, BY_AMOUNT, BY_COUNT, LEDGER, openWith, POLICY, payment, type Scored } from '../../test/scored.ts';
import { Random } from '../random.ts';
import { FEATURES } from './features.ts';
import { MemoryModels } from './model-store.ts';
import { DENIED, Scorer } from './scorer.ts';

const OTHER = LEDGER + 1;
const aTurn = (): Promise<void> => new Promise((done) => setImmediate(done));
const AMOUNTS = [1n, 100n, 5000n, 2n ** 17n];
const ROUNDS = 60;

/** Single payments, chains, holds of the caller's own, and some that the ledger refuses. */
function batchOf(random: Random, first: bigint): TransferInput[] {
  const count = 1 + random.below(12);
  return Array.from({ length: count }, (_, index) => {
    const last = index === count - 1;
    const flags =
      (random.fraction() < 0.3 && !last ? TransferFlags.linked : 0) |
      (random.fraction() < 0.15 ? TransferFlags.pending : 0);
    const payer = 1 + random.below(4);
    return payment(first + BigInt(index), random.pick(AMOUNTS), {
      debit_account_id: BigInt(payer),
      credit_account_id: random.fraction() < 0.05 ? BigInt(payer) : BigInt(5 + random.below(6)),
      flags,
      ledger: random.fraction() < 0.05 ? OTHER : LEDGER,
    });
  });
}

/** What a second attempt must answer; undefined: whatever the model says then. */
function expectedOf(batch: readonly TransferInput[], statuses: readonly number[]): (number | undefined)[] {
  const isLinked = (event: number): boolean => ((batch[event]?.flags ?? 0) & TransferFlags.linked) !== 0;
  return statuses.map((status, event) => {
    let from = event;
    while (from > 0 && isLinked(from - 1)) from--;
    let to = event;
    while (isLinked(to)) to++;
    const chain = statuses.slice(from, to + 1);
    if (chain.length === 1) return status === Status.created ? Status.exists : status;
    if (chain.includes(DENIED)) return undefined;
    if (chain.every((one) => one === Status.created))
      return event === from ? Status.exists : Status.linked_event_failed;
    return undefined;
  });
}

const send = async (scored: Scored, batch: TransferInput[]): Promise<number[]> =>
  (await scored.ledger.createTransfers(batch)).map(({ status }) => status);

test('a batch that is sent again answers exists where it created, and denied where it denied', async () => {
  const random = new Random(11);
  const scored = await openWith(BY_AMOUNT);
  const seen = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const batch = batchOf(random, BigInt(10_000 + 100 * round));
    const first = await send(scored, batch);
    const before = await scored.ledger.lookupAccounts(Array.from({ length: 12 }, (_, index) => BigInt(index + 1)));
    await activate(scored, round % 2 === 0 ? BY_COUNT : BY_AMOUNT, round + 2, BigInt(8000 + round));
    const second = await send(scored, batch);
    const expected = expectedOf(batch, first);
    for (const [event, status] of expected.entries()) {
      seen.set(first[event]!, (seen.get(first[event]!) ?? 0) + 1);
      if (status !== undefined) assert.equal(second[event], status, `round ${round}, event ${event}: ${first[event]}`);
    }
    if (!expected.includes(undefined)) {
      const ids = before.map(({ id }) => id);
      assert.deepEqual(await scored.ledger.lookupAccounts(ids), before, 'nothing moved twice');
    }
    scored.clock.move(random.below(900));
  }
  for (const status of [Status.created, DENIED, Status.linked_event_failed, Status.accounts_must_be_different]) {
    assert.ok(seen.get(status)! > 5, `status ${status} came up ${seen.get(status)} times`);
  }
  await scored.ledger.close();
});

test('a scorer stands before any port, and behind others', async () => {
  const scored = await openWith(BY_AMOUNT);
  let requests = 0;
  const counting: Port = {
    eventsMax: scored.port.eventsMax,
    request: (request) => {
      requests += 1;
      return scored.port.request(request);
    },
    close: () => scored.port.close(),
  };
  let made: Scorer | undefined;
  const options = { policies: { 7: { ...POLICY, fail: 'closed' } }, models: new MemoryModels() } as const;
  const port = Scorer.before(options, (scorer) => {
    made = scorer;
  })(counting);
  await made!.ready();
  const ledger = new ObjectLedger(port);
  const [result] = await ledger.createTransfers([payment(1n, 2n ** 18n)]);
  assert.equal(result!.status, DENIED, 'the one behind has the policy of this ledger');
  assert.ok(requests > 1);
  await ledger.close();
});

test('a payment that the feed has told of counts once, although the reply of the feed is still on its way', async () => {
  const scored = await openWith(BY_AMOUNT);
  const late: Port = {
    eventsMax: scored.port.eventsMax,
    request: async (request) => {
      const answer = await scored.port.request(request);
      for (let turn = 0; turn < 20 && request.operation === Operation.get_change_events; turn++) await aTurn();
      return answer;
    },
    close: () => scored.port.close(),
  };
  const counts: number[] = [];
  const at = FEATURES.indexOf('count_10m');
  const scorer = new Scorer(late, {
    policies: { [OTHER]: { ...POLICY, fail: 'open' } },
    models: new MemoryModels(),
    now: () => scored.clock.wall(),
    decided: ({ features, size }) =>
      counts.push(...features.filter((_, index) => index % FEATURES.length === at).slice(0, size)),
  });
  await scored.ledger.createAccounts([51n, 52n].map((id) => ({ id, ledger: OTHER, code: 1 })));
  await scorer.ready();
  const ledger = new ObjectLedger(scorer.port);
  const row = (id: bigint): TransferInput =>
    payment(id, 100n, { ledger: OTHER, debit_account_id: 51n, credit_account_id: 52n });
  const from = scorer.feed.events;
  await ledger.createTransfers([row(1n), row(2n), row(3n)]);
  while (scorer.feed.events < from + 3) await aTurn();
  await ledger.createTransfers([row(4n)]);
  assert.deepEqual(counts, [0, 1, 2, 3]);
  await ledger.close();
});
