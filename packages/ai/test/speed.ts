/**
 * Measures the CPU time of scores, and of batches through a ledger with and without them, in turns.
 *
 *   node dist/packages/ai/test/speed.js
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ledger, open, TransferBatch } from 'tallystick';
import { ModelState } from '../src/fraud/control.ts';
import { FEATURES } from '../src/fraud/features.ts';
import { MemoryModels } from '../src/fraud/model-store.ts';
import { openScored } from '../src/fraud/open-scored.ts';
import { Random } from '../src/random.ts';
import { writeLightgbm } from '../src/trees/lightgbm.ts';
import { trainTrees } from '../src/trees/train.ts';
import { marginUnits, type TreeModel } from '../src/trees/tree-model.ts';
import { LEDGER, POLICY } from './scored.ts';

const BATCH = 8189;
const ACCOUNTS = 800;
const ROUNDS = 40;

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** The least CPU time of an `act`, in microseconds. */
function least(act: () => void, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = cpuUs();
    for (let time = 0; time < times; time++) act();
    best = Math.min(best, (cpuUs() - from) / times);
  }
  return best;
}

function madeModel(): { model: TreeModel; rows: Float32Array } {
  const random = new Random(5);
  const rows = Float32Array.from({ length: BATCH * FEATURES.length }, () => random.normal(0, 3));
  const labels = Uint8Array.from({ length: BATCH }, (_, row) =>
    rows[row * FEATURES.length]! + rows[row * FEATURES.length + 4]! * random.fraction() > 4 ? 1 : 0,
  );
  const model = trainTrees(rows, labels, { names: FEATURES, trees: 50, leaves: 15, rate: 0.1, leafRows: 20 });
  return { model, rows };
}

const { model, rows } = madeModel();
const margins = new Float64Array(BATCH);
for (const [count, times] of [
  [1, 5000],
  [100, 100],
  [BATCH, 1],
] as const) {
  const us = least(() => model.margins(rows, count, margins), times);
  console.log(`${model.trees} trees, ${count} rows: ${us.toFixed(2)} us of CPU`);
}

async function send(ledger: Ledger, batches: number, first: bigint): Promise<void> {
  const random = new Random(9);
  for (let batch = 0; batch < batches; batch++) {
    const transfers = new TransferBatch(BATCH);
    for (let event = 0; event < BATCH; event++) {
      const payer = 1 + random.below(ACCOUNTS);
      transfers.add({
        id: first + BigInt(batch * BATCH + event),
        debit_account_id: BigInt(payer),
        credit_account_id: BigInt((payer % ACCOUNTS) + 1),
        amount: 100n,
        ledger: LEDGER,
        code: 1,
      });
    }
    await ledger.createTransfers(transfers);
  }
}

const accounts = [...Array.from({ length: ACCOUNTS }, (_, index) => BigInt(index + 1)), ...POLICY.control];
const folder = mkdtempSync(join(tmpdir(), 'tallystick-speed-'));
try {
  const plain = await open(join(folder, 'plain'));
  const models = new MemoryModels();
  const policies = { [LEDGER]: { ...POLICY, budgetMs: 1000 } };
  const scored = await openScored(join(folder, 'scored'), { policies, models });
  for (const ledger of [plain, scored.ledger]) {
    await ledger.createAccounts(accounts.map((id) => ({ id, ledger: LEDGER, code: 1 })));
  }
  const golden = [{ row: [...rows.subarray(0, FEATURES.length)], units: 0 }];
  model.margins(rows, 1, margins);
  golden[0]!.units = marginUnits(margins[0]!);
  const scores = { ends: [0], shares: [0.9, 0.1] };
  const manifest = { v: 1, features: FEATURES, reviewFrom: 1e9, denyFrom: 1e9, golden, scores } as const;
  const { sha256 } = models.add(new TextEncoder().encode(writeLightgbm(model)), manifest);
  await scored.scorer.switchModel(LEDGER, 1n << 100n, { sha256, number: 1, state: ModelState.active });
  const ratios: number[] = [];
  for (let round = 0; round < 8; round++) {
    const first = BigInt(1 + round * 10 * BATCH);
    const off = performance.now();
    await send(plain, 5, first);
    const between = performance.now();
    await send(scored.ledger, 5, first);
    ratios.push((between - off) / (performance.now() - between));
  }
  ratios.sort((one, other) => one - other);
  console.log(
    `batches of ${BATCH} with scores: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')} times as many as without`,
  );
  await plain.close();
  await scored.ledger.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
