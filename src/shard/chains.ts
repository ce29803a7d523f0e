/**
 * A linked chain whose accounts live on several shards. Its home is the shard of its first debit account.
 *
 *   1   others   one chain a shard: each event's leg, pending without a timeout, and beside it a record of the home
 *   2   home     one chain: the decision's record, then every event and leg of the home           THE COMMIT POINT
 *   3   others   posts of the legs
 *
 * Whoever finds a leg asks the home for the decision's record, which is there or whose id is burnt: one answer for all
 * legs of the chain, whoever asks and whenever.
 */
import {
  type CreateTransferResult,
  CreateTransferStatus,
  EVENTS_MAX,
  TallystickError,
  type Transfer,
  TransferFlags,
} from '../model/index.ts';
import { isMalformed } from './checks.ts';
import { bridgeId, chainOf, decisionOf, lastOf, legOf, RESERVED_CODE, recordsId } from './ids.ts';
import { postLeg } from './legs.ts';
import { isRecord, type Resolver } from './resolver.ts';
import type { Shard } from './shard.ts';
import { isOfCaller } from './targets.ts';
import { burn, isTaken, type Town, timeOf } from './town.ts';

const { linked, pending } = TransferFlags;
const { created, exists, linked_event_failed, id_already_failed } = CreateTransferStatus;

/** A transfer of the chain on one shard; `event`: which of the caller's it belongs to, from 0. */
interface Part {
  readonly event: number;
  readonly transfer: Transfer;
}

/** What a chain is on one shard. */
interface Share {
  readonly shard: Shard;
  readonly legs: readonly Part[];
  /** As it is sent: legs and records, all but the last of them linked. */
  readonly sent: readonly Part[];
}

/** How a shard's share went: what it answered, and the event that broke it. */
interface Tried {
  readonly share: Share;
  readonly results: readonly CreateTransferResult[];
  readonly broken: { readonly event: number; readonly status: CreateTransferStatus; readonly at: number } | undefined;
}

export class Chains {
  readonly #town: Town;
  readonly #resolver: Resolver;

  constructor(town: Town, resolver: Resolver) {
    this.#town = town;
    this.#resolver = resolver;
  }

  /** Events of one chain, linked but for the last; each moves an amount at once, and no more. */
  async settle(events: readonly Transfer[]): Promise<CreateTransferResult[]> {
    // The map may change while shards are asked: an account that moves on is closed where we take it to be.
    const homes = events.map((event) => this.#town.homes(event, events));
    const [home] = homes[0]!;
    const doomed = (await this.#before(events)) ?? (await this.#doomed(events));
    if (doomed !== undefined) return doomed;
    const shares = await this.#shares(events, homes, home);
    const others = await Promise.all(shares.filter(({ shard }) => shard !== home).map((share) => this.#prepare(share)));
    const refused = others.find(({ broken }) => broken !== undefined);
    if (refused !== undefined) return this.#abort(events, home, others, refused);
    const tried = await this.#try(shares.find(({ shard }) => shard === home)!);
    if (tried.broken === undefined) {
      await this.#follow(others);
      return resultsOf(events, [tried, ...others]);
    }
    return this.#abort(events, home, others, tried);
  }

  /** An account has moved since the chain was done: what is there of it is on the shards where its accounts were. */
  async #before(events: readonly Transfer[]): Promise<CreateTransferResult[] | undefined> {
    if (!events.some((event) => this.#town.hasMoved(event))) return undefined;
    const { id } = events[0]!;
    for (const shard of this.#town.shards) {
      const [decision, first] = await Promise.all([shard.transfer(decisionOf(id)), shard.transfer(id)]);
      const isDone = first !== undefined && isOfCaller(first) && (first.flags & pending) === 0;
      if (isDone || decision !== undefined) return broken(events, 0, exists, (first ?? decision)!.timestamp);
    }
    return undefined;
  }

  /** An account is not there, or is of another currency: no shard has to be asked for more. */
  async #doomed(events: readonly Transfer[]): Promise<CreateTransferResult[] | undefined> {
    const known = await Promise.all(
      events.map(({ debit_account_id, credit_account_id }) =>
        Promise.all([this.#town.known(debit_account_id), this.#town.known(credit_account_id)]),
      ),
    );
    for (const [index, event] of events.entries()) {
      const [debit, credit] = known[index]!;
      const [shard] = this.#town.homes(event, events);
      if (isMalformed(event)) {
        const refused = await shard.create({ ...event, flags: 0 });
        return broken(events, index, refused.status, refused.timestamp);
      }
      const status = missing(event, debit?.ledger, credit?.ledger);
      if (status === undefined) continue;
      if (debit !== undefined && credit !== undefined) return broken(events, index, status, await timeOf(shard));
      await this.#town.connect(shard, shard, event.ledger === 0 ? 1 : event.ledger);
      const burnt = await burn(shard, event.id, event.ledger);
      const before = isTaken(burnt.status) || burnt.status === id_already_failed;
      return broken(events, index, before ? burnt.status : status, burnt.timestamp);
    }
    return undefined;
  }

  async #shares(
    events: readonly Transfer[],
    homes: readonly (readonly [Shard, Shard])[],
    home: Shard,
  ): Promise<Share[]> {
    const legs = new Map<Shard, Part[]>();
    const add = (shard: Shard, event: number, transfer: Transfer): void => {
      const flags = shard === home ? linked : linked | pending;
      const parts = legs.get(shard) ?? [];
      parts.push({ event, transfer: { ...transfer, flags } });
      legs.set(shard, parts);
    };
    legs.set(home, []);
    for (const [index, event] of events.entries()) {
      const [a, b] = homes[index]!;
      if (a === home && b === home) {
        add(a, index, event);
        continue;
      }
      await this.#town.connect(a, b, event.ledger);
      const debit_account_id = bridgeId(b.index, a.index, event.ledger);
      add(b, index, { ...event, id: legOf(event.id), debit_account_id });
      add(a, index, { ...event, credit_account_id: bridgeId(a.index, b.index, event.ledger) });
    }
    // Records lie between a shard and the home, in the currency of the transfer that they stand beside.
    await this.#town.connect(home, home, events[0]!.ledger);
    for (const [shard, parts] of legs) {
      const ledgers = new Set(parts.map(({ transfer }) => transfer.ledger));
      await Promise.all([...ledgers].map((ledger) => this.#town.connect(shard, home, ledger)));
    }
    return [...legs].map(([shard, parts]) => shareOf(events, home, shard, parts));
  }

  async #try(share: Share): Promise<Tried> {
    const results = await share.shard.chain(share.sent.map(({ transfer }) => transfer));
    const at = results.findIndex(({ status }) => status !== created && status !== linked_event_failed);
    if (at < 0) return { share, results, broken: undefined };
    return { share, results, broken: { event: share.sent[at]!.event, status: results[at]!.status, at } };
  }

  /** Legs that an earlier attempt has left count, if they are the same. */
  async #prepare(share: Share): Promise<Tried> {
    const tried = await this.#try(share);
    if (tried.broken?.status !== exists || tried.broken.at !== 0) return tried;
    const found = await Promise.all(share.legs.map(({ transfer }) => share.shard.transfer(transfer.id)));
    if (!share.legs.every(({ transfer }, index) => isSame(transfer, found[index]))) return tried;
    const times = new Map(found.map((leg) => [leg!.id, leg!.timestamp]));
    const results = share.sent.map(({ transfer }) => ({ status: created, timestamp: times.get(transfer.id) ?? 0n }));
    return { share, results, broken: undefined };
  }

  /** Has the home decide against the chain; if it had decided for it before, that stands. */
  async #abort(
    events: readonly Transfer[],
    home: Shard,
    others: readonly Tried[],
    { share, broken: cause, results }: Tried,
  ): Promise<CreateTransferResult[]> {
    const { status } = await burn(home, decisionOf(events[0]!.id), events[0]!.ledger);
    if (isTaken(status)) {
      await this.#end(others);
      const first = await home.transfer(events[0]!.id);
      return broken(events, 0, exists, first?.timestamp ?? 0n);
    }
    await this.#end(others);
    const { status: why, at } = cause!;
    const taken = share.sent[at]!.transfer;
    const isOver = isTaken(why) && (isRecord(taken) || (await isLeg(share.shard, taken.id)));
    return broken(events, cause!.event, isOver ? id_already_failed : why, results[at]!.timestamp);
  }

  /** Every leg that is there, whoever made it, is ended as its chain was decided. */
  async #end(others: readonly Tried[]): Promise<void> {
    const ends = others.flatMap(({ share: { shard, legs } }) =>
      legs.map(async ({ transfer }) => {
        const leg = await shard.transfer(transfer.id);
        if (leg !== undefined && (leg.flags & pending) !== 0) await this.#resolver.decide(shard, leg, true);
      }),
    );
    await Promise.all(ends);
  }

  async #follow(others: readonly Tried[]): Promise<void> {
    const posts = others.flatMap(({ share: { shard, legs } }) =>
      legs.map(({ transfer }) => postLeg(shard, transfer, transfer.amount)),
    );
    await Promise.all(posts);
  }
}

/** A chain that was decided against has left it: another shard was its home, before an account moved. */
async function isLeg(shard: Shard, id: bigint): Promise<boolean> {
  const record = await shard.transfer(chainOf(id));
  return record !== undefined && isRecord(record);
}

function missing(
  { ledger }: Transfer,
  debit: number | undefined,
  credit: number | undefined,
): CreateTransferStatus | undefined {
  if (debit === undefined) return CreateTransferStatus.debit_account_not_found;
  if (credit === undefined) return CreateTransferStatus.credit_account_not_found;
  if (debit !== credit) return CreateTransferStatus.accounts_must_have_the_same_ledger;
  if (debit !== ledger) return CreateTransferStatus.transfer_must_have_the_same_ledger_as_accounts;
  return undefined;
}

/**
 * What is sent to one shard: the records that belong to it, and a last one where the caller's last event is elsewhere.
 */
function shareOf(events: readonly Transfer[], home: Shard, shard: Shard, legs: readonly Part[]): Share {
  const [first, last] = [events[0]!, events.at(-1)!];
  const note = (id: bigint, ledger: number, flags: number): Transfer => ({
    ...first,
    id,
    debit_account_id: bridgeId(shard.index, home.index, ledger),
    credit_account_id: recordsId(shard.index, ledger),
    amount: 0n,
    user_data_128: first.id,
    user_data_64: 0n,
    user_data_32: home.index + 1,
    ledger,
    code: RESERVED_CODE,
    flags,
  });
  const sent: Part[] = [];
  if (shard === home) sent.push({ event: 0, transfer: note(decisionOf(first.id), first.ledger, linked) });
  for (const leg of legs) {
    const { id, ledger } = leg.transfer;
    if (shard !== home) sent.push({ event: leg.event, transfer: note(chainOf(id), ledger, linked) });
    sent.push(leg);
  }
  const end = sent.at(-1)!;
  if (end.transfer.id === last.id) {
    const transfer = { ...end.transfer, flags: end.transfer.flags & ~linked };
    sent[sent.length - 1] = { ...end, transfer };
    return sized({ shard, legs: [...legs.slice(0, -1), { ...end, transfer }], sent });
  }
  sent.push({ event: end.event, transfer: note(lastOf(first.id), end.transfer.ledger, 0) });
  return sized({ shard, legs, sent });
}

function sized(share: Share): Share {
  if (share.sent.length <= EVENTS_MAX) return share;
  const why = `a chain over several shards makes ${share.sent.length} transfers on shard ${share.shard.index}`;
  throw new TallystickError('too_much_data', `${why}; ${EVENTS_MAX} fit into a request`);
}

function isSame(sent: Transfer, found: Transfer | undefined): boolean {
  if (found === undefined) return false;
  const names = Object.keys(sent) as (keyof Transfer)[];
  return names.every((name) => name === 'timestamp' || sent[name] === found[name]);
}

/** The answer to a chain that failed at one event. */
function broken(
  events: readonly Transfer[],
  at: number,
  status: CreateTransferStatus,
  timestamp: bigint,
): CreateTransferResult[] {
  return events.map((_, index) => ({ status: index === at ? status : linked_event_failed, timestamp }));
}

/** Each event's time is that of its transfer on the debit account's shard. */
function resultsOf(events: readonly Transfer[], tried: readonly Tried[]): CreateTransferResult[] {
  const times = new Map<bigint, bigint>();
  for (const { share, results } of tried) {
    for (const [index, { transfer }] of share.sent.entries()) times.set(transfer.id, results[index]!.timestamp);
  }
  return events.map(({ id }) => ({ status: created, timestamp: times.get(id) ?? 0n }));
}
