/**
 * One request, one chain, one outcome for ever. The chain's ids follow from the request's key, so a second attempt
 * meets the first one in the ledger; and a refusal is written there as well:
 *
 *   1   the chain                         created: done
 *   2   refused: burn leg 1, and write the refusal (amount 0, its `code` is the reason), in one request
 *   3   read leg 1 and the refusal        what is there is the outcome: money first
 *
 * Step 2 burns leg 1, so that nothing is ever done under a key that was refused, whatever body it comes with. The id of
 * the refusal is one for each key, so of two who write it one is heard. Whoever dies between two steps has told nobody
 * anything, and the next attempt goes the same way.
 */
import { CreateTransferStatus, type Ledger, type ResultBatch, TallystickError } from 'tallystick/internal/model';
import { allAre, ChainCells } from './chain-cells.ts';
import { legId, refusalId } from './ids.ts';
import { meaningOf, type RefusalCode, refusalByNumber } from './outcomes.ts';
import { burnOf, type Leg, markOf, type Plan, refusalOf } from './plan.ts';

const { created, linked_event_failed } = CreateTransferStatus;

/** A leg that was done: as it was compiled, or as it lies in the ledger. */
export type DoneLeg = Pick<Leg, 'ledger' | 'code' | 'amount'>;

export type Executed =
  /** `at`: the timestamp of the first leg; `again`: they were there before. */
  | { readonly outcome: 'done'; readonly legs: readonly DoneLeg[]; readonly at: bigint; readonly again: boolean }
  | { readonly outcome: 'refused'; readonly code: RefusalCode }
  /** Somebody else was faster, and the key is still free: look at the ledger again. */
  | { readonly outcome: 'raced'; readonly code: RefusalCode };

/** How a plan may lose a race that it can run again. */
export interface ExecuteOptions {
  readonly raced?: (code: RefusalCode) => boolean;
}

/**
 * Sends a plan. Rejects with `request_reused` for a key that names another request, and with whatever the ledger
 * rejects with: the outcome is then unknown, and the same request finds it.
 */
export async function execute(ledger: Ledger, plan: Plan, options: ExecuteOptions = {}): Promise<Executed> {
  const cells = new ChainCells(plan.legs.length);
  cells.add(plan);
  return judge(ledger, plan, await ledger.createTransfers(cells.batch), 0, options);
}

/**
 * What plans became that were sent in one request, each as its own chain; with a `mark`, whose id is that of all of
 * them together, linked to one behind it. Undefined: it was not done because of another one, and its key is free. A
 * promise: it has to be looked up. Rejects as {@link execute}.
 */
export async function executeAll(
  ledger: Ledger,
  plans: readonly Plan[],
  mark?: bigint,
): Promise<readonly (Executed | undefined | Promise<Executed | undefined>)[]> {
  const legs = plans.reduce((sum, plan) => sum + plan.legs.length, 0);
  const cells = new ChainCells(legs, mark === undefined ? undefined : markOf(plans[0]!.tenant, mark));
  for (const [index, plan] of plans.entries()) cells.add(plan, mark !== undefined && index < plans.length - 1);
  const results = await ledger.createTransfers(cells.batch);
  if (mark !== undefined) {
    const status = results.status(0);
    const isFirst = status === created || status === linked_event_failed;
    // Sent again, or partly done before: each is told what the ledger knows of it.
    if (!isFirst || knowsOne(results)) return plans.map((plan) => recall(ledger, plan));
  }
  let next = mark === undefined ? 0 : 1;
  return plans.map((plan) => {
    const first = next;
    next += plan.legs.length;
    const isSkipped = mark !== undefined && allAre(results, first, plan.legs.length, linked_event_failed);
    return isSkipped ? undefined : judge(ledger, plan, results, first, {});
  });
}

/** An event was there before. */
function knowsOne(results: ResultBatch<CreateTransferStatus>): boolean {
  for (let index = 0; index < results.count; index++) {
    if (CreateTransferStatus[results.status(index)]!.startsWith('exists')) return true;
  }
  return false;
}

/** The outcome that the ledger's answer means; `first`: of the plan's own results. A promise: it must be looked up. */
function judge(
  ledger: Ledger,
  plan: Plan,
  results: ResultBatch<CreateTransferStatus>,
  first: number,
  options: ExecuteOptions,
): Executed | Promise<Executed> {
  const { legs } = plan;
  if (allAre(results, first, legs.length, created)) {
    return { outcome: 'done', legs, at: results.timestamp(first), again: false };
  }
  const statuses = legs.map((_, index) => results.status(first + index));
  return judgeRefused(ledger, plan, statuses, options);
}

/** One leg at least was not made now. */
async function judgeRefused(
  ledger: Ledger,
  plan: Plan,
  statuses: readonly CreateTransferStatus[],
  options: ExecuteOptions,
): Promise<Executed> {
  const at = statuses.findIndex((status) => status !== created && status !== linked_event_failed);
  if (at < 0) throw unexpected('no leg of a chain that was refused says why');
  const meaning = meaningOf(statuses[at]!, plan.legs[at]!.control);
  if (meaning === 'unexpected') throw unexpected(`leg ${at + 1}: ${CreateTransferStatus[statuses[at]!]}`);
  if (meaning === 'exists') return found(ledger, plan, 'the ledger knows this key, and has nothing under it');
  // The reason was written down before, unless whoever asked died in between.
  const before = meaning === 'refused_before' ? await recall(ledger, plan) : undefined;
  if (before !== undefined) return before;
  if (options.raced?.(meaning) === true) return { outcome: 'raced', code: meaning };
  return refuse(ledger, plan, meaning);
}

/** Before it sends anything, a ledger of shards refuses a chain over two of them that does more than move amounts. */
export function isForOneShard(error: unknown): boolean {
  return error instanceof TallystickError && error.code === 'invalid_argument';
}

/** Makes a refusal the outcome of the key, unless the key has another one. */
export async function refuse(ledger: Ledger, plan: Plan, code: RefusalCode): Promise<Executed> {
  await ledger.createTransfers([burnOf(plan), refusalOf(plan, code)]);
  return found(ledger, plan, 'the refusal that was written is not there');
}

/** What the ledger knows of the key; undefined: nothing. Without a fingerprint any request under the key is meant. */
export async function recall(
  ledger: Ledger,
  { base, fingerprint }: { readonly base: bigint; readonly fingerprint: bigint | undefined },
): Promise<Executed | undefined> {
  const ids = Array.from({ length: LEGS_LOOKED_UP }, (_, index) => legId(base, index + 1));
  const there = await ledger.lookupTransfers([refusalId(base), ...ids]);
  const known = there.find(({ id }) => id === ids[0]) ?? there.find(({ id }) => id === refusalId(base));
  if (known === undefined) return undefined;
  if (fingerprint !== undefined && known.user_data_64 !== fingerprint) {
    throw new TallystickError('request_reused', 'this idempotency key names another request; choose a new key');
  }
  if (known.id === ids[0]) {
    const legs = there.filter(({ id }) => id !== refusalId(base));
    return { outcome: 'done', legs, at: known.timestamp, again: true };
  }
  return { outcome: 'refused', code: refusalByNumber(known.code) ?? 'refused_before' };
}

/** Receipts are made of the first legs. */
const LEGS_LOOKED_UP = 8;

async function found(ledger: Ledger, plan: Plan, otherwise: string): Promise<Executed> {
  const outcome = await recall(ledger, plan);
  if (outcome !== undefined) return outcome;
  throw unexpected(otherwise);
}

function unexpected(what: string): TallystickError {
  return new TallystickError('engine_failed', `a payment and its ledger disagree about what can be: ${what}`);
}
