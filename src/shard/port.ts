/** The port of many ledgers that are one: takes requests as every port does, so doors and lanes stand before it. */
import {
  type Account,
  Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  type CreateTransferResult,
  decodeAccountFilter,
  decodeAccountLookups,
  decodeAccounts,
  decodeChangeEventsFilter,
  decodePendingLookups,
  decodeQueryFilter,
  decodeTransferFilter,
  decodeTransferSumFilter,
  decodeTransfers,
  EVENTS_MAX,
  eventSize,
  getU128,
  Operation,
  operationSchemas,
  type Port,
  type Request,
  TallystickError,
  type Transfer,
} from '../model/index.ts';
import { Accounts } from './accounts.ts';
import { allOf } from './all-of.ts';
import { isEnding, unstripable } from './checks.ts';
import { Gate, ONE_ROUND, SEVERAL_ROUNDS } from './gate.ts';
import { isReserved } from './ids.ts';
import type { Learning } from './learning.ts';
import { accountsOf, Draft } from './lying.ts';
import type { Moves } from './moves.ts';
import { Passage, type Sorted } from './passage.ts';
import { Reads } from './reads.ts';
import { packed } from './replies.ts';
import type { Resolver } from './resolver.ts';
import { noSnapshots, Searches } from './searches.ts';
import type { Sweeper } from './sweeper.ts';
import type { Town } from './town.ts';
import { Transfers } from './transfers.ts';
import { Unheard } from './unheard.ts';

const ID_SIZE = 16;

/** What a router is made of. */
export interface ShardParts {
  readonly town: Town;
  readonly resolver: Resolver;
  readonly sweeper: Sweeper;
  readonly learning: Learning;
  readonly moves: Moves;
}

export class ShardPort implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #town: Town;
  readonly #sweeper: Sweeper;
  readonly #learning: Learning;
  readonly #unheard: Unheard;
  readonly #gate = new Gate();
  /** Requests wait for those before them that have to look where accounts live. */
  #looking: Promise<unknown> | undefined;
  readonly #accounts: Accounts;
  readonly #transfers: Transfers;
  readonly #passage: Passage;
  readonly #reads: Reads;
  readonly #searches: Searches;
  readonly #open = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor({ town, resolver, sweeper, learning, moves }: ShardParts) {
    this.#town = town;
    this.#sweeper = sweeper;
    this.#learning = learning;
    this.#unheard = new Unheard(town, moves);
    this.#accounts = new Accounts(town, learning);
    const draft = new Draft();
    this.#transfers = new Transfers(town, resolver, draft);
    this.#passage = new Passage(town, draft);
    this.#reads = new Reads(town, learning);
    this.#searches = new Searches(town, this.#reads);
  }

  async request<T>({ operation, count, write, read, context }: Request<T>): Promise<T> {
    if (this.#closing !== undefined) throw new TallystickError('closed');
    const cells = Cells.of(count * eventSize(operation));
    write(cells, 0);
    this.#town.check();
    const answer = this.#inOrder(operation, cells, count);
    this.#open.add(answer);
    try {
      const reply = await this.#within(context.timeoutMs, answer);
      return read(reply, 0, reply.bytes.length);
    } finally {
      void answer.catch(() => undefined).then(() => this.#open.delete(answer));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#sweeper.stop();
    await Promise.allSettled(this.#open);
    await this.#gate.idle();
    await Promise.all(this.#town.shards.map((shard) => shard.close()));
  }

  #inOrder(operation: Operation, cells: Cells, count: number): Promise<Cells> {
    // Where every account is known without a look, no request waits.
    if (this.#town.map.counts.length === 1) return this.#reply(operation, cells, count);
    const learnt = this.#learning.learn(accountsAsked(operation, cells, count));
    if (learnt === undefined && this.#looking === undefined) return this.#reply(operation, cells, count);
    const before = Promise.all([this.#looking, learnt]).then(() => this.#town.check());
    const answer = before.then(() => this.#reply(operation, cells, count));
    const looking = before
      .catch(() => undefined)
      .then(() => {
        if (this.#looking === looking) this.#looking = undefined;
      });
    this.#looking = looking;
    return answer;
  }

  async #reply(operation: Operation, cells: Cells, count: number): Promise<Cells> {
    if (operation === Operation.create_transfers) {
      const reply = await this.#create(cells, count);
      await this.#unheard.again(cells, reply, count, (events) => this.#createTransfers(events));
      return reply;
    }
    const found = await this.#answer(operation, cells, count);
    return packed(operationSchemas.find(({ number }) => number === operation)!.reply, found);
  }

  async #create(cells: Cells, count: number): Promise<Cells> {
    const sorted = this.#passage.sort(cells, count);
    const reply = sorted && this.#pass(cells, sorted, count);
    if (reply !== undefined) return reply;
    const results = await this.#createTransfers(decodeTransfers(cells, 0, cells.bytes.length));
    return packed('CreateTransferResult', results);
  }

  /** Undefined where an event has to do with another one. */
  #pass(cells: Cells, sorted: Sorted, count: number): Promise<Cells> | undefined {
    const { crossing, movable: commutes } = sorted;
    if (crossing.length > 0 && !this.#passage.isApart(cells, sorted)) return undefined;
    const reply = Cells.of(count * CREATE_TRANSFER_RESULT_SIZE);
    const send = (): Promise<void> => this.#passage.send(cells, sorted, reply);
    const accounts = (): bigint[] => accountsOf(cells, count);
    const rounds = crossing.length === 0 ? 'one' : 'several';
    const act = async (): Promise<Cells> => {
      const all = crossing.length === 0 ? [] : [this.#transfers.settleAt(cells, crossing, reply)];
      if (crossing.length < count) all.push(send());
      await allOf(all);
      return reply;
    };
    return this.#gate.run(accounts, { rounds, commutes }, act);
  }

  #answer(operation: Operation, cells: Cells, count: number): Promise<object[]> {
    const size = cells.bytes.length;
    const all = 'all';
    switch (operation) {
      case Operation.create_accounts:
        return this.#createAccounts(decodeAccounts(cells, 0, size));
      case Operation.lookup_accounts: {
        const ids = idsOf(cells, count);
        return this.#lookup(ids).then((found) => this.#unheard.lookup(found, (some) => this.#lookup(some)));
      }
      case Operation.lookup_transfers:
        return this.#gate.run(all, ONE_ROUND, () => this.#reads.lookupTransfers(idsOf(cells, count)));
      case Operation.get_account_transfers: {
        const filter = decodeAccountFilter(cells, 0);
        return this.#ofAccount(filter.account_id, () => this.#reads.accountTransfers(filter));
      }
      case Operation.get_account_balances: {
        const filter = decodeAccountFilter(cells, 0);
        return this.#ofAccount(filter.account_id, () => this.#reads.accountBalances(filter));
      }
      case Operation.query_accounts:
        return this.#gate.run(all, ONE_ROUND, () => this.#reads.queryAccounts(decodeQueryFilter(cells, 0)));
      case Operation.query_transfers:
        return this.#gate.run(all, ONE_ROUND, () => this.#reads.queryTransfers(decodeQueryFilter(cells, 0)));
      case Operation.get_change_events:
        return this.#gate.run(all, ONE_ROUND, () => this.#reads.changeEvents(decodeChangeEventsFilter(cells, 0)));
      case Operation.lookup_pendings:
        return this.#gate.run(all, ONE_ROUND, () =>
          this.#searches.lookupPendings(decodePendingLookups(cells, 0, size)),
        );
      case Operation.search_transfers:
        return this.#gate.run(all, ONE_ROUND, () => this.#searches.searchTransfers(decodeTransferFilter(cells, 0)));
      case Operation.sum_transfers: {
        const filter = decodeTransferSumFilter(cells, 0);
        return this.#gate.run(all, ONE_ROUND, async () => [await this.#searches.sumTransfers(filter)]);
      }
      case Operation.lookup_accounts_at:
        return this.#gate.run(all, ONE_ROUND, () =>
          this.#searches.lookupAccountsAt(decodeAccountLookups(cells, 0, size)),
        );
      case Operation.get_snapshot:
        throw noSnapshots();
      default:
        throw new TallystickError('invalid_argument', `shards have no operation ${operation}`);
    }
  }

  #lookup(ids: readonly bigint[]): Promise<Account[]> {
    return this.#gate.run(
      () => ids,
      ONE_ROUND,
      () => this.#reads.lookupAccounts(ids),
    );
  }

  #ofAccount(account: bigint, act: () => Promise<object[]>): Promise<object[]> {
    if (isReserved(account)) return Promise.resolve([]);
    return this.#gate.run(() => [account], ONE_ROUND, act);
  }

  #createAccounts(accounts: readonly Account[]): Promise<object[]> {
    for (const [index, { id }] of accounts.entries()) refuseReserved(id, `accounts[${index}].id`, index);
    this.#accounts.check(accounts);
    const ids = (): Iterable<bigint> => accounts.map(({ id }) => id);
    const rounds = this.#town.map.counts.length === 1 ? ONE_ROUND : SEVERAL_ROUNDS;
    return this.#gate.run(ids, rounds, () => this.#accounts.create(accounts));
  }

  #createTransfers(transfers: readonly Transfer[]): Promise<CreateTransferResult[]> {
    for (const [index, { debit_account_id, credit_account_id }] of transfers.entries()) {
      refuseReserved(debit_account_id, `transfers[${index}].debit_account_id`, index);
      refuseReserved(credit_account_id, `transfers[${index}].credit_account_id`, index);
      const wrong = unstripable(transfers[index]!);
      if (wrong !== undefined)
        throw new TallystickError('invalid_argument', `transfers[${index}]: ${wrong}`, { index });
    }
    const touched = (): Iterable<bigint> => accountsIn(transfers);
    const shards = this.#transfers.nativeShards(transfers);
    if (shards !== undefined) return this.#gate.run(touched, ONE_ROUND, () => this.#transfers.send(transfers, shards));
    // What an ending ends, and between which accounts, its shard has to be asked.
    const accounts = transfers.some(isEnding) ? 'all' : touched;
    return this.#gate.run(accounts, SEVERAL_ROUNDS, () => this.#transfers.create(transfers));
  }

  /** Reads may be given up; what they asked goes on unheard. */
  #within<T>(timeoutMs: number | undefined, answer: Promise<T>): Promise<T> {
    if (timeoutMs === undefined) return answer;
    return new Promise((resolve, reject) => {
      const cancel = this.#town.world.after(timeoutMs, () => reject(new TallystickError('deadline_exceeded')));
      answer.then(resolve, reject).finally(cancel);
    });
  }
}

/** The accounts that a request names. */
function accountsAsked(operation: Operation, cells: Cells, count: number): bigint[] {
  const size = cells.bytes.length;
  switch (operation) {
    case Operation.create_transfers:
      return accountsIn(decodeTransfers(cells, 0, size));
    case Operation.lookup_accounts:
      return idsOf(cells, count);
    case Operation.get_account_transfers:
    case Operation.get_account_balances:
      return [decodeAccountFilter(cells, 0).account_id];
    case Operation.search_transfers:
      return [decodeTransferFilter(cells, 0).account_id];
    case Operation.sum_transfers:
      return [decodeTransferSumFilter(cells, 0).account_id];
    case Operation.lookup_accounts_at:
      return decodeAccountLookups(cells, 0, size).map(({ id }) => id);
    default:
      return [];
  }
}

function accountsIn(transfers: readonly Transfer[]): bigint[] {
  const accounts: bigint[] = [];
  for (const { debit_account_id, credit_account_id } of transfers) accounts.push(debit_account_id, credit_account_id);
  return accounts;
}

function idsOf(cells: Cells, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => getU128(cells, index * ID_SIZE));
}

function refuseReserved(id: bigint, field: string, index: number): void {
  if (!isReserved(id)) return;
  throw new TallystickError('invalid_argument', `${field} is kept for settlement between shards`, { index, field });
}
