/** The `Ledger` over any port: objects or batches at the front, wire cells behind. */
import {
  type Ask,
  accountFilter,
  accountIds,
  askForSnapshot,
  changeEventsFilter,
  type Encode,
  pendingIds,
  queryFilter,
  searchFilter,
  sumFilter,
  tooMuch,
} from './asks.ts';
import { ResultBatch } from './batch.ts';
import { Cells } from './cells.ts';
import { TallystickError } from './errors.ts';
import { AccountBatch, TransferBatch } from './gen/batches.ts';
import {
  decodeAccountBalances,
  decodeAccounts,
  decodeChangeEvents,
  decodeCreateAccountResults,
  decodeCreateTransferResults,
  decodePendingTransfers,
  decodeSnapshots,
  decodeTransferSums,
  decodeTransfers,
  encodeAccounts,
  encodeIds,
  encodeTransfers,
} from './gen/codec.ts';
import { type CreateAccountStatus, type CreateTransferStatus, Operation } from './gen/enums.ts';
import { operationShapes } from './gen/layout.ts';
import type {
  Account,
  AccountBalance,
  AccountFilterInput,
  AccountInput,
  AnyTransferInput,
  ChangeEvent,
  ChangeEventsFilterInput,
  CreateAccountResult,
  CreateTransferResult,
  Id,
  PendingTransfer,
  QueryFilterInput,
  Snapshot,
  Transfer,
  TransferFilterInput,
  TransferSum,
  TransferSumFilterInput,
} from './gen/types.ts';
import type { AskOptions, Ledger, PastOptions, Reads } from './ledger.ts';
import { checkOptions } from './names.ts';
import { type Context, NO_CONTEXT, type Port, type Read } from './request.ts';
import { invalid } from './scalars.ts';
import { SnapshotView } from './snapshot-view.ts';

export class ObjectLedger implements Ledger {
  readonly #port: Port;
  #closing: Promise<void> | undefined;
  /** Events are being read. */
  #writing = false;
  readonly #exact: boolean;

  /** Without `exact`, events are taken as tigerbeetle-node takes them: unknown names are ignored, numbers wrap. */
  constructor(port: Port, exact = true) {
    this.#port = port;
    this.#exact = exact;
  }

  createAccounts(accounts: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(accounts: readonly AccountInput[]): Promise<CreateAccountResult[]>;
  createAccounts(
    accounts: readonly AccountInput[] | AccountBatch,
  ): Promise<CreateAccountResult[] | ResultBatch<CreateAccountStatus>> {
    if (accounts instanceof AccountBatch) return this.#batch(Operation.create_accounts, accounts);
    return this.#many(Operation.create_accounts, accounts, encodeAccounts, decodeCreateAccountResults);
  }

  createTransfers(transfers: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(transfers: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;
  createTransfers(
    transfers: readonly AnyTransferInput[] | TransferBatch,
  ): Promise<CreateTransferResult[] | ResultBatch<CreateTransferStatus>> {
    if (transfers instanceof TransferBatch) return this.#batch(Operation.create_transfers, transfers);
    return this.#many(Operation.create_transfers, transfers, encodeTransfers, decodeCreateTransferResults);
  }

  lookupAccounts(ids: readonly Id[], options?: AskOptions): Promise<Account[]> {
    return this.#many(Operation.lookup_accounts, ids, encodeIds, decodeAccounts, options);
  }

  lookupTransfers(ids: readonly Id[], options?: AskOptions): Promise<Transfer[]> {
    return this.#many(Operation.lookup_transfers, ids, encodeIds, decodeTransfers, options);
  }

  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#filtered(
      Operation.get_account_transfers,
      accountFilter(filter, this.#exact),
      decodeTransfers,
      options,
    );
  }

  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]> {
    return this.#filtered(
      Operation.get_account_balances,
      accountFilter(filter, this.#exact),
      decodeAccountBalances,
      options,
    );
  }

  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]> {
    return this.#filtered(Operation.query_accounts, queryFilter(filter, this.#exact), decodeAccounts, options);
  }

  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#filtered(Operation.query_transfers, queryFilter(filter, this.#exact), decodeTransfers, options);
  }

  lookupPendings(ids: readonly Id[], { snapshot, ...options }: PastOptions = {}): Promise<PendingTransfer[]> {
    return this.#many(Operation.lookup_pendings, ids, pendingIds(snapshot), decodePendingTransfers, options);
  }

  lookupAccountsAt(ids: readonly Id[], at: bigint | Snapshot, options?: AskOptions): Promise<Account[]> {
    if (typeof at === 'bigint' && at <= 0n) {
      // On the wire zero is no bound, and nothing was created by then.
      return at === 0n ? Promise.resolve([]) : Promise.reject(invalid('a time is a BigInt of nanoseconds from 0 up'));
    }
    const found = this.#many(Operation.lookup_accounts_at, ids, accountIds(at), decodeAccounts, options);
    if (typeof at === 'bigint') return found;
    return found.then((accounts) => accounts.filter(({ timestamp }) => timestamp <= at.accounts_timestamp));
  }

  searchTransfers(filter: TransferFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#filtered(Operation.search_transfers, searchFilter(filter, this.#exact), decodeTransfers, options);
  }

  async sumTransfers(filter: TransferSumFilterInput, options?: AskOptions): Promise<TransferSum> {
    const ask = sumFilter(filter, this.#exact);
    return only(await this.#filtered(Operation.sum_transfers, ask, decodeTransferSums, options));
  }

  async getSnapshot(options?: AskOptions): Promise<Snapshot> {
    return only(await this.#filtered(Operation.get_snapshot, askForSnapshot, decodeSnapshots, options));
  }

  async read<T>(act: (view: Reads) => Promise<T>, snapshot?: Snapshot): Promise<T> {
    return act(new SnapshotView(this, snapshot ?? (await this.getSnapshot())));
  }

  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]> {
    return this.#filtered(
      Operation.get_change_events,
      changeEventsFilter(filter, this.#exact),
      decodeChangeEvents,
      options,
    );
  }

  /** `close` was called. */
  protected get closed(): boolean {
    return this.#closing !== undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#port.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Refuses a request before it looks at the events: a sparse array of 2^32 - 1 holes costs nothing. */
  #many<Event, Found>(
    operation: Operation,
    events: readonly Event[],
    encode: Encode<Event>,
    decode: Read<Found[]>,
    options?: AskOptions,
  ): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (!Array.isArray(events)) return Promise.reject(invalid('Array argument must be an [object Array].'));
    const count = events.length;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve([]);
    const ask = (cells: Cells, at: number): number => {
      encode(cells, at, events, this.#exact);
      return count;
    };
    return this.#request(operation, count, ask, decode, options);
  }

  #batch<Status extends number>(
    operation: Operation,
    batch: AccountBatch | TransferBatch,
  ): Promise<ResultBatch<Status>> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const count = batch.count;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve(new ResultBatch<Status>(Cells.none, 0, 0));
    const ask = (cells: Cells, at: number): number => {
      cells.bytes.set(batch.bytes, at);
      return count;
    };
    return this.#request(operation, count, ask, results<Status>);
  }

  #filtered<Found>(operation: Operation, ask: Ask, decode: Read<Found[]>, options?: AskOptions): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#request(operation, 1, ask, decode, options);
  }

  /**
   * Events are read where they will be sent from: a getter of theirs that asked the ledger something would write to the
   * same place.
   */
  #request<Found>(
    operation: Operation,
    count: number,
    ask: Ask,
    decode: Read<Found>,
    options?: AskOptions,
  ): Promise<Found> {
    if (this.#writing) return Promise.reject(invalid('A getter of an event may not ask the ledger.'));
    let most = 0;
    const write = (cells: Cells, at: number): void => {
      this.#writing = true;
      try {
        most = ask(cells, at);
      } finally {
        this.#writing = false;
      }
    };
    const read = (cells: Cells, at: number, size: number): Found => {
      checkReply(operation, most, size);
      return decode(cells, at, size);
    };
    const context = options === undefined ? NO_CONTEXT : contextOf(options);
    return this.#port.request({ operation, count, write, read, context });
  }
}

function only<Found>(found: readonly Found[]): Found {
  if (found.length !== 1) throw new TallystickError('frame_invalid', 'the server answered with no record');
  return found[0]!;
}

function contextOf(options: AskOptions): Context {
  checkOptions(options, ['timeoutMs', 'consistency'], 'a read');
  const { timeoutMs, consistency } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw invalid('timeoutMs is a number of milliseconds above 0');
  }
  if (consistency !== undefined && consistency !== 'linearizable' && consistency !== 'stale') {
    throw invalid('consistency is linearizable or stale');
  }
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(consistency === undefined ? {} : { consistency }),
  };
}

function results<Status extends number>(cells: Cells, at: number, size: number): ResultBatch<Status> {
  return new ResultBatch<Status>(cells, at, size);
}

/**
 * Another process answers whatever it likes: whole records, no more than were asked for, and a result for each event.
 */
function checkReply(operation: Operation, most: number, size: number): void {
  const { replySize, journalled } = operationShapes[operation];
  const found = size / replySize;
  if (Number.isInteger(found) && (journalled ? found === most : found <= most)) return;
  throw new TallystickError(
    'frame_invalid',
    `the server answered with ${size} bytes, which are not ${journalled ? '' : 'up to '}${most} records of ` +
      `${replySize}`,
  );
}

const closed = (): TallystickError => new TallystickError('closed');
