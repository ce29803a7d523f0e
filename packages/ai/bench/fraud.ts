/** Scores, and a ledger with and without them: CPU time, in turns, because others may use the machine as well. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Ledger, open, TransferBatch } from 'tallystick';
import { ModelState } from '../src/fraud/control.ts';
import { FEATURES } from '../src/fraud/features.ts';
import { MemoryModels } from '../src/fraud/model-store.ts';
import { openScored } from '../src/fraud/open-scored.ts';
import type { Engine } from '../src/language/engine.ts';
import { Random } from '../src/random.ts';
import { writeLightgbm } from '../src/trees/lightgbm.ts';
import { trainTrees } from '../src/trees/train.ts';
import { marginUnits, type TreeModel } from '../src/trees/tree-model.ts';
import { LEDGER, POLICY } from '../test/scored.ts';
import { cpuUs, median, type Row, rowOf } from './rows.ts';

const BATCH = 8189;
const ACCOUNTS = 800;
const ROUNDS = 40;
const BATCHES = 5;
const TURNS = 8;
const NS_A_MS = 1e6;
const US_A_MS = 1000;

interface Made {
  readonly model: TreeModel;
  readonly rows: Float32Array;
}

function madeModel(): Made {
  const random = new Random(5);
  const rows = Float32Array.from({ length: BATCH * FEATURES.length }, () => random.normal(0, 3));
  const labels = Uint8Array.from({ length: BATCH }, (_, row) =>
    rows[row * FEATURES.length]! + rows[row * FEATURES.length + 4]! * random.fraction() > 4 ? 1 : 0,
  );
  const model = trainTrees(rows, labels, { names: FEATURES, trees: 50, leaves: 15, rate: 0.1, leafRows: 20 });
  return { model, rows };
}

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

/** `engine`: a language model that answers meanwhile; undefined: none is here. */
export async function fraudRows(engine: Engine | undefined): Promise<Row[]> {
  const { model, rows } = madeModel();
  const margins = new Float64Array(BATCH);
  const score = (count: number, times: number): number => least(() => model.margins(rows, count, margins), times);
  const found = [
    rowOf('fraud, one row of 50 trees', score(1, 5000), { must: 5, aim: 2, unit: 'us of CPU', better: 'less' }),
    rowOf('fraud, 100 rows', score(100, 100) / US_A_MS, { must: 0.2, aim: 0.07, unit: 'ms of CPU', better: 'less' }),
    rowOf('fraud, 8,189 rows', score(BATCH, 1) / US_A_MS, { must: 8, aim: 3, unit: 'ms of CPU', better: 'less' }),
  ];
  return [...found, ...(await ledgerRows({ model, rows }, engine))];
}

async function ledgerRows({ model, rows }: Made, engine: Engine | undefined): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  try {
    const plain = await open(join(folder, 'plain'));
    const models = new MemoryModels();
    const policies = { [LEDGER]: { ...POLICY, budgetMs: 1000 } };
    const scored = await openScored(join(folder, 'scored'), { policies, models });
    const accounts = [...Array.from({ length: ACCOUNTS }, (_, index) => BigInt(index + 1)), ...POLICY.control];
    for (const ledger of [plain, scored.ledger]) {
      await ledger.createAccounts(accounts.map((id) => ({ id, ledger: LEDGER, code: 1 })));
    }
    const margin = new Float64Array(1);
    model.margins(rows, 1, margin);
    const golden = [{ row: [...rows.subarray(0, FEATURES.length)], units: marginUnits(margin[0]!) }];
    const scores = { ends: [0], shares: [0.9, 0.1] };
    const manifest = { v: 1, features: FEATURES, reviewFrom: 1e9, denyFrom: 1e9, golden, scores } as const;
    const { sha256 } = models.add(new TextEncoder().encode(writeLightgbm(model)), manifest);
    await scored.scorer.switchModel(LEDGER, 1n << 100n, { sha256, number: 1, state: ModelState.active });
    const found = [await turns(plain, scored.ledger), await delays(scored.ledger, engine)];
    await plain.close();
    await scored.ledger.close();
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Batches one after the other, with scores as many as without. */
async function turns(plain: Ledger, scored: Ledger): Promise<Row> {
  const ratios: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const first = BigInt(1 + turn * 2 * BATCHES * BATCH);
    const from = performance.now();
    await send(plain, BATCHES, first);
    const between = performance.now();
    await send(scored, BATCHES, first);
    ratios.push((between - from) / (performance.now() - between));
  }
  const bars = { must: 0.8, aim: 0.95, unit: 'times as many as without', better: 'more' } as const;
  return rowOf('ledger with scores, batches of 8,189', median(ratios), bars);
}

/** How late a timer of the ledger's thread is while payments of a hundred are scored and a model answers. */
async function delays(ledger: Ledger, engine: Engine | undefined): Promise<Row> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const ending = new AbortController();
  const talking = engine === undefined ? Promise.resolve() : talk(engine, ending.signal);
  const first = 1n << 90n;
  delay.enable();
  const until = performance.now() + 5000;
  for (let batch = 0; performance.now() < until; batch++) {
    const payments = Array.from({ length: 100 }, (_, event) => ({
      id: first + BigInt(batch * 100 + event),
      debit_account_id: BigInt(1 + (event % ACCOUNTS)),
      credit_account_id: BigInt(2 + (event % (ACCOUNTS - 1))),
      amount: 100n,
      ledger: LEDGER,
      code: 1,
    }));
    await ledger.createTransfers(payments);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  delay.disable();
  ending.abort();
  await talking;
  const name =
    engine === undefined ? 'event loop with scores alone, p99 delay' : 'event loop with model and scores, p99 delay';
  // The timer itself asks for a millisecond.
  const late = Math.max(0, delay.percentile(99) / NS_A_MS - 1);
  return rowOf(name, late, { must: 5, aim: 2, unit: 'ms', better: 'less' });
}

async function talk(engine: Engine, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = engine.ask({ prompt: [879, 393, 295], tokensMax: 200, ends: [], temperature: 0, signal });
    try {
      for await (const _ of answer);
    } catch {
      // It was told to end.
    }
  }
}
