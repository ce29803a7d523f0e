/**
 * Sends simulated payments through a real ledger with a scorer in the way, and keeps the features that the scorer saw.
 * What was labelled when: a fraud is reported some days after it was made, so a model that is trained on a day does not
 * know of the latest.
 */
import { type Clock, TransferOffset } from 'tallystick/internal';
import { ModelState } from '../fraud/control.ts';
import { actionIn } from '../fraud/decision.ts';
import { FEATURES } from '../fraud/features.ts';
import { type Manifest, MemoryModels } from '../fraud/model-store.ts';
import { openScored, type ScoredLedger } from '../fraud/open-scored.ts';
import type { Rows } from '../fraud/rows.ts';
import { Random } from '../random.ts';
import { frauds } from './frauds.ts';
import { DAY, honest, makeWorld, type Payment } from './payers.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly accounts: number;
  readonly days: number;
  readonly casesOfEach: number;
  /** Decides on the payments; undefined: nobody does, and all are let through. */
  readonly active?: { readonly bytes: Uint8Array; readonly manifest: Manifest } | undefined;
}

/** A payment, as the ledger and the scorer saw it. */
export interface Seen {
  readonly payments: readonly Payment[];
  /** Seconds at which a fraud was reported; Infinity: never. */
  readonly reported: Float64Array;
  /** `FEATURES.length` numbers a payment. */
  readonly features: Float32Array;
  /** What was decided on each. */
  readonly actions: Uint8Array;
}

const LEDGER = 1;
const START_SECONDS = 1_700_006_400;
const [BANK, CONTROL_ONE, CONTROL_TWO] = [1_000_000n, 1_000_001n, 1_000_002n];
/** Id of the transfer that switches the model on. */
const SWITCH = 1n << 100n;
const REPORT_DAYS = 3;
const OPENING_CENTS = 2_000_000n;

class SimulatedClock implements Clock {
  seconds = START_SECONDS;

  wall(): bigint {
    return BigInt(Math.round(this.seconds * 1e3)) * 1_000_000n;
  }

  monotonic(): bigint {
    return this.wall();
  }
}

/** The payments of a world, in order. */
export function paymentsOf({ seed, accounts, days, casesOfEach }: SimulationOptions): Payment[] {
  const world = makeWorld(new Random(seed), accounts, days);
  return [...honest(world), ...frauds(world, casesOfEach)]
    .filter(({ payer, payee, seconds }) => payer !== payee && seconds < days * DAY)
    .sort((one, other) => one.seconds - other.seconds);
}

export async function simulate(options: SimulationOptions): Promise<Seen> {
  const payments = paymentsOf(options);
  const features = new Float32Array(payments.length * FEATURES.length);
  const actions = new Uint8Array(payments.length);
  const clock = new SimulatedClock();
  let at = 0;
  const decided = (rows: Rows): void => {
    for (let row = 0; row < rows.size; row++) {
      const id = rows.events.view.getUint32(rows.payments[row]! * 128 + TransferOffset.id, true);
      if (id > payments.length) continue;
      const own = rows.features.subarray(row * FEATURES.length, (row + 1) * FEATURES.length);
      features.set(own, (id - 1) * FEATURES.length);
      actions[id - 1] = actionIn(rows.words[rows.payments[row]!]!);
      at += 1;
    }
  };
  const policies = { [LEDGER]: { fail: 'open', control: [CONTROL_ONE, CONTROL_TWO] } } as const;
  const models = new MemoryModels();
  const scored = await openScored(':memory:', { policies, models, clock, decided });
  await opening(scored, options.accounts, payments.length);
  if (options.active !== undefined) {
    const { sha256 } = models.add(options.active.bytes, options.active.manifest);
    await scored.scorer.switchModel(LEDGER, SWITCH, { sha256, number: 1, state: ModelState.active });
  }
  for (const [index, payment] of payments.entries()) {
    clock.seconds = START_SECONDS + payment.seconds;
    await scored.ledger.createTransfers([
      {
        id: BigInt(index + 1),
        debit_account_id: BigInt(payment.payer + 1),
        credit_account_id: BigInt(payment.payee + 1),
        amount: BigInt(payment.amount),
        ledger: LEDGER,
        code: 1,
      },
    ]);
    await scored.scorer.settled();
  }
  await scored.ledger.close();
  if (at !== payments.length) throw new RangeError(`${at} of ${payments.length} payments were scored`);
  const random = new Random(options.seed + 1);
  const reported = Float64Array.from(payments, ({ seconds, scenario }) =>
    scenario === undefined ? Number.POSITIVE_INFINITY : seconds + DAY * (0.5 + random.exponential(REPORT_DAYS)),
  );
  return { payments, reported, features, actions };
}

/** Accounts, and money on them. */
async function opening({ ledger, scorer }: ScoredLedger, accounts: number, payments: number): Promise<void> {
  const ids = Array.from({ length: accounts }, (_, number) => BigInt(number + 1));
  const others = [BANK!, CONTROL_ONE!, CONTROL_TWO!];
  await ledger.createAccounts([...ids, ...others].map((id) => ({ id, ledger: LEDGER, code: 1 })));
  await ledger.createTransfers(
    ids.map((id) => ({
      id: BigInt(payments) + id,
      debit_account_id: BANK!,
      credit_account_id: id,
      amount: OPENING_CENTS,
      ledger: LEDGER,
      code: 1,
    })),
  );
  await scorer.settled();
}
