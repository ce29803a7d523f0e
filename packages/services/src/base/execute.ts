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
import { ControlBook, ledgerOf } from './assets.ts';
import { Code } from './codes.ts';
import { baseOf, legId, refusalId } from './ids.ts';
import { type Control, meaningOf, type RefusalCode, refusalByNumber, refusals } from './outcomes.ts';

const { created, linked_event_failed } = CreateTransferStatus;
const { linked } = TransferFlags;

/** A transfer of a plan; its id and what is the same in all legs is added to it. */
export interface Leg {
  readonly control: Control;
  /** The account that is debited; of a post and a void, the one that the hold debits. */
  readonly debit: bigint;
  readonly credit: bigint;
  /** Left out by a void. */
  readonly amount?: bigint;
  /** Left out by a post and a void, which have that of the hold. */
  readonly code?: number;
  readonly ledger: number;
  readonly flags?: number;
  readonly pending?: bigint;
  /** Seconds. */
  readonly timeout?: number;
}

/** A request, compiled. */
export interface Plan {
  readonly tenant: number;
  readonly base: bigint;
  readonly fingerprint: bigint;
  /** What the legs belong to: a payment's base. */
  readonly aggregate: bigint;
  /** yyyymmdd. */
  readonly day: number;
  readonly legs: readonly [Leg, ...Leg[]];
}

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

/** The transfers that a plan becomes, linked. */
export function transfersOf({ base, fingerprint, aggregate, day, legs }: Plan): AnyTransferInput[] {
  return legs.map((leg, index) => ({
    id: legId(base, index + 1),
    debit_account_id: leg.pending === undefined ? leg.debit : 0n,
    credit_account_id: leg.pending === undefined ? leg.credit : 0n,
    amount: leg.amount ?? 0n,
    pending_id: leg.pending ?? 0n,
    user_data_128: aggregate,
    user_data_64: fingerprint,
    user_data_32: day,
    timeout: leg.timeout ?? 0,
    ledger: leg.ledger,
    code: leg.code ?? 0,
    flags: (leg.flags ?? 0) | (index < legs.length - 1 ? linked : 0),
  }));
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
 * What plans became that were sent in one request, each as its own chain; with a `mark`, whose id is that of all of them
 * together, linked to one behind it. Undefined: it was not done because of another one, and its key is free. Rejects as
 * {@link execute}.
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

/** The head of a chain of many: over shards a chain that was refused has used up its first id, and no key's. */
function markOf(tenant: number, id: bigint): AnyTransferInput {
  const [debit_account_id, credit_account_id] = refusalAccountsOf(tenant);
  const ledger = ledgerOf(tenant, ControlBook.refusals);
  return { id, debit_account_id, credit_account_id, amount: 0n, ledger, code: Code.bulk, flags: linked };
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
  const legs = transfers.map((transfer, index) => ({ ...transfer, timestamp: results[index]!.timestamp }) as Transfer);
  return { outcome: 'done', legs, again: false };
}

/**
 * Refused for a reason that may pass, which uses up the id: there is no such credit account. The debit account is that
 * of the leg, whose shard knows the id.
 */
function burnOf({ tenant, base, fingerprint, legs: [first] }: Plan): AnyTransferInput {
  return {
    id: legId(base, 1),
    debit_account_id: first.debit,
    credit_account_id: nobodyOf(tenant),
    amount: 0n,
    user_data_64: fingerprint,
    ledger: first.ledger,
    code: 1,
  };
}

function refusalOf({ tenant, base, fingerprint, aggregate, day }: Plan, code: RefusalCode): AnyTransferInput {
  const [debit_account_id, credit_account_id] = refusalAccountsOf(tenant);
  return {
    id: refusalId(base),
    debit_account_id,
    credit_account_id,
    amount: 0n,
    user_data_128: aggregate,
    user_data_64: fingerprint,
    user_data_32: day,
    ledger: ledgerOf(tenant, ControlBook.refusals),
    code: refusals[code].number,
  };
}

/** No account has this id. */
const nobodyOf = (tenant: number): bigint => legId(baseOf('nobody', tenant, ''), 1);

/** The accounts between which refusals are written. */
export function refusalAccountsOf(tenant: number): readonly [bigint, bigint] {
  const base = baseOf('account', tenant, 'refusals');
  return [legId(base, 1), legId(base, 2)];
}

function unexpected(what: string): TallystickError {
  return new TallystickError('engine_failed', `a payment and its ledger disagree about what can be: ${what}`);
}
