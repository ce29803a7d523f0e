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
import {
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
  TransferFlags,
} from 'tallystick/internal/model';
import { legId, refusalId } from './ids.ts';
import { meaningOf, type RefusalCode, refusalByNumber } from './outcomes.ts';
import { burnOf, markOf, type Plan, refusalOf, transfersOf } from './plan.ts';

const { created, linked_event_failed } = CreateTransferStatus;
const { linked } = TransferFlags;

export type Executed =
  /** `legs`: as they lie in the ledger; `again`: they were there before. */
  | { readonly outcome: 'done'; readonly legs: readonly Transfer[]; readonly again: boolean }
  | { readonly outcome: 'refused'; readonly code: RefusalCode }
  /** Somebody else was faster, and the key is still free: look at the ledger again. */
  | { readonly outcome: 'raced'; readonly code: RefusalCode };

/** How a plan may lose a race that it can run again. */
export interface ExecuteOptions {
  readonly raced?: (code: RefusalCode, leg: number) => boolean;
}

/**
 * Sends a plan. Rejects with `request_reused` for a key that names another request, and with whatever the ledger
 * rejects with: the outcome is then unknown, and the same request finds it.
 */
export async function execute(ledger: Ledger, plan: Plan, options: ExecuteOptions = {}): Promise<Executed> {
  const transfers = transfersOf(plan);
  return judge(ledger, plan, transfers, await ledger.createTransfers(transfers), options);
}

/**
 * What plans became that were sent in one request, each as its own chain; with a `mark`, whose id is that of all of
 * them together, linked to one behind it. Undefined: it was not done because of another one, and its key is free.
 * Rejects as {@link execute}.
 */
export async function executeAll(
  ledger: Ledger,
  plans: readonly Plan[],
  mark?: bigint,
): Promise<(Executed | undefined)[]> {
  const chains = plans.map(transfersOf);
  const marks = mark === undefined ? [] : [markOf(plans[0]!.tenant, mark)];
  if (mark !== undefined) for (const chain of chains.slice(0, -1)) link(chain);
  const results = await ledger.createTransfers([...marks, ...chains.flat()]);
  let first = marks.length;
  if (mark !== undefined) {
    const { status } = results[0]!;
    const isFirst = status === created || status === linked_event_failed;
    const isKnown = results.some((result) => CreateTransferStatus[result.status]!.startsWith('exists'));
    // Sent again, or partly done before: each is told what the ledger knows of it.
    if (!isFirst || isKnown) return Promise.all(plans.map((plan) => recall(ledger, plan)));
  }
  const judged = chains.map((transfers, index) => {
    const own = results.slice(first, first + transfers.length);
    first += transfers.length;
    const isSkipped = mark !== undefined && own.every(({ status }) => status === linked_event_failed);
    return isSkipped ? undefined : judge(ledger, plans[index]!, transfers, own, {});
  });
  return Promise.all(judged);
}

/** What follows belongs to the same chain. */
function link(chain: AnyTransferInput[]): void {
  const last = chain.length - 1;
  chain[last] = { ...chain[last]!, flags: (chain[last]!.flags ?? 0) | linked } as AnyTransferInput;
}

/** The outcome that the ledger's answer means. */
async function judge(
  ledger: Ledger,
  plan: Plan,
  transfers: readonly AnyTransferInput[],
  results: readonly { readonly status: CreateTransferStatus; readonly timestamp: bigint }[],
  options: ExecuteOptions,
): Promise<Executed> {
  const at = results.findIndex(({ status }) => status !== created && status !== linked_event_failed);
  if (at < 0) {
    if (results.every(({ status }) => status === created)) return doneNow(transfers, results);
    throw unexpected('no leg of a chain that was refused says why');
  }
  const { control } = plan.legs[at]!;
  const meaning = meaningOf(results[at]!.status, control);
  if (meaning === 'unexpected') throw unexpected(`leg ${at + 1}: ${CreateTransferStatus[results[at]!.status]}`);
  if (meaning === 'exists') return found(ledger, plan, 'the ledger knows this key, and has nothing under it');
  // The reason was written down before, unless whoever asked died in between.
  const before = meaning === 'refused_before' ? await recall(ledger, plan) : undefined;
  if (before !== undefined) return before;
  if (options.raced?.(meaning, at) === true) return { outcome: 'raced', code: meaning };
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
    return { outcome: 'done', legs: there.filter(({ id }) => id !== refusalId(base)), again: true };
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

function doneNow(transfers: readonly AnyTransferInput[], results: readonly { readonly timestamp: bigint }[]): Executed {
  // Nobody else has these objects: copies would cost as much as the rest of the answer.
  const legs = transfers as readonly (Transfer & { timestamp: bigint })[];
  for (const [index, leg] of legs.entries()) leg.timestamp = results[index]!.timestamp;
  return { outcome: 'done', legs, again: false };
}

function unexpected(what: string): TallystickError {
  return new TallystickError('engine_failed', `a payment and its ledger disagree about what can be: ${what}`);
}
