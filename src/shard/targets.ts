/** What the events of a request end, and on which accounts they may not pass each other. */
import { type Transfer, TransferFlags, U128_MAX } from '../model/index.ts';
import { CLOSING, isEnding, withChains } from './checks.ts';
import { bridgeOf, isOfMove, isReserved, legOf } from './ids.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';

const { balancing_debit, balancing_credit } = TransferFlags;
/** With one of these, what an account may do depends on what happened to it before. */
const ORDERED = balancing_debit | balancing_credit | CLOSING;
/** Sums of such amounts may run over, depending on their order. */
export const HUGE: bigint = 2n ** 120n;

/** Where the pending transfer is that an event ends. */
export interface Target {
  readonly shard: Shard;
  /** As it lies there; undefined if the request itself creates it. */
  readonly transfer: Transfer | undefined;
  /** The accounts between which it is pending. */
  readonly accounts: readonly bigint[];
}

/** Targets by their ids; `nowhere`: no shard has it. */
export type Targets = ReadonlyMap<bigint, Target | 'nowhere'>;

/** What the events of the request end, by its id. An event that is wrong in itself has no target. */
export async function targetsOf(town: Town, events: readonly Transfer[]): Promise<Map<bigint, Target | 'nowhere'>> {
  const targets = new Map<bigint, Target | 'nowhere'>();
  for (const [event, chain] of withChains(events)) {
    const { id, debit_account_id, credit_account_id } = event;
    if (!isEnding(event)) {
      const accounts = [debit_account_id, credit_account_id];
      targets.set(id, { shard: town.homes(event, chain)[0], transfer: undefined, accounts });
    }
  }
  const asked = new Set(events.filter(isEnding).map(({ pending_id }) => pending_id));
  await Promise.all(
    [...asked].map(async (id) => {
      if (id === 0n || id === U128_MAX) return;
      const found = await Promise.all(town.shards.map((shard) => shard.transfer(id)));
      const at = found.findIndex((transfer) => transfer !== undefined && isOfCaller(transfer));
      if (at >= 0) targets.set(id, await targetOf(town, town.shards[at]!, found[at]!));
      else if (!targets.has(id)) targets.set(id, 'nowhere');
    }),
  );
  return targets;
}

/** The pending transfer, and between whom it is. */
export async function targetOf(town: Town, shard: Shard, transfer: Transfer): Promise<Target> {
  const { debit_account_id, credit_account_id } = transfer;
  const bridge = bridgeOf(credit_account_id);
  const leg = bridge === undefined ? undefined : await town.peer(bridge.peer).transfer(legOf(transfer.id));
  return { shard, transfer, accounts: [debit_account_id, leg?.credit_account_id ?? credit_account_id] };
}

/** Accounts that events may not pass each other on. */
export async function orderedAccounts(town: Town, events: readonly Transfer[], targets: Targets): Promise<Set<bigint>> {
  const ended = events.map(({ pending_id }) => targets.get(pending_id)).filter((target) => typeof target === 'object');
  const accounts = new Set([
    ...events.flatMap((event) => [event.debit_account_id, event.credit_account_id]),
    ...ended.flatMap((target) => target.accounts),
  ]);
  const ending = ended.map(({ transfer }) => transfer?.flags ?? 0);
  if ([...events.map(({ flags }) => flags), ...ending].some((flags) => (flags & ORDERED) !== 0)) return accounts;
  if (events.some(({ amount }) => amount >= HUGE && amount !== U128_MAX)) return accounts;
  const ordered = new Set<bigint>();
  await Promise.all(
    [...accounts].map(async (account) => {
      if (account === 0n) return;
      const known = town.remembered(account) ?? (await town.known(account));
      if (known === undefined || known.limited) ordered.add(account);
    }),
  );
  return ordered;
}

/** Callers see it as theirs, under this id. */
export function isOfCaller(transfer: Transfer): boolean {
  return !isReserved(transfer.debit_account_id) && !isOfMove(transfer);
}
