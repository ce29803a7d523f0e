/** The `Ledger` that talks to an engine in this process: objects or batches at the door, wire cells inside. */
import {
  type Account,
  type AccountBalance,
  AccountBatch,
  type AccountFilterInput,
  AccountFilterOffset,
  type AccountInput,
  type Cells,
  CHANGE_EVENTS_MAX,
  type ChangeEvent,
  type ChangeEventsFilterInput,
  ChangeEventsFilterOffset,
  type CreateAccountResult,
  type CreateAccountStatus,
  type CreateTransferResult,
  type CreateTransferStatus,
  decodeAccountBalances,
  decodeAccounts,
  decodeChangeEvents,
  decodeCreateAccountResults,
  decodeCreateTransferResults,
  decodeTransfers,
  EVENTS_MAX,
  encodeAccountFilter,
  encodeAccounts,
  encodeChangeEventsFilter,
  encodeIds,
  encodeQueryFilter,
  encodeTransfers,
  type Id,
  invalid,
  type Ledger,
  Operation,
  type QueryFilterInput,
  QueryFilterOffset,
  type RequestPort,
  ResultBatch,
  type Transfer,
  TransferBatch,
  type TransferInput,
} from '../model/index.ts';
import { ErrorCodes, RequestError } from './request-error.ts';

type Encode<Event> = (cells: Cells, at: number, events: readonly Event[]) => void;
type Decode<Found> = (cells: Cells, at: number, size: number) => Found;

export class ObjectLedger implements Ledger {
  readonly #port: RequestPort;
  #closing: Promise<void> | undefined;
  /** Events are being read. */
  #writing = false;

  constructor(port: RequestPort) {
    this.#port = port;
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
  createTransfers(transfers: readonly TransferInput[]): Promise<CreateTransferResult[]>;
  createTransfers(
    transfers: readonly TransferInput[] | TransferBatch,
  ): Promise<CreateTransferResult[] | ResultBatch<CreateTransferStatus>> {
    if (transfers instanceof TransferBatch) return this.#batch(Operation.create_transfers, transfers);
    return this.#many(Operation.create_transfers, transfers, encodeTransfers, decodeCreateTransferResults);
  }

  lookupAccounts(ids: readonly Id[]): Promise<Account[]> {
    return this.#many(Operation.lookup_accounts, ids, encodeIds, decodeAccounts);
  }

  lookupTransfers(ids: readonly Id[]): Promise<Transfer[]> {
    return this.#many(Operation.lookup_transfers, ids, encodeIds, decodeTransfers);
  }

  getAccountTransfers(filter: AccountFilterInput): Promise<Transfer[]> {
    return this.#filtered(Operation.get_account_transfers, accountFilter(filter), decodeTransfers);
  }

  getAccountBalances(filter: AccountFilterInput): Promise<AccountBalance[]> {
    return this.#filtered(Operation.get_account_balances, accountFilter(filter), decodeAccountBalances);
  }

  queryAccounts(filter: QueryFilterInput): Promise<Account[]> {
    return this.#filtered(Operation.query_accounts, queryFilter(filter), decodeAccounts);
  }

  queryTransfers(filter: QueryFilterInput): Promise<Transfer[]> {
    return this.#filtered(Operation.query_transfers, queryFilter(filter), decodeTransfers);
  }

  getChangeEvents(filter: ChangeEventsFilterInput): Promise<ChangeEvent[]> {
    return this.#filtered(Operation.get_change_events, changeEventsFilter(filter), decodeChangeEvents);
  }

  close(): Promise<void> {
    this.#closing ??= this.#port.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What is refused is refused before the events are looked at: a sparse array of 2^32 - 1 holes costs nothing. */
  #many<Event, Found>(
    operation: Operation,
    events: readonly Event[],
    encode: Encode<Event>,
    decode: Decode<Found[]>,
  ): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (!Array.isArray(events)) return Promise.reject(invalid('Array argument must be an [object Array].'));
    const count = events.length;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve([]);
    return this.#request(operation, count, (cells, at) => encode(cells, at, events), decode);
  }

  #batch<Status extends number>(
    operation: Operation,
    batch: AccountBatch | TransferBatch,
  ): Promise<ResultBatch<Status>> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const count = batch.count;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve(new ResultBatch<Status>(noCells, 0, 0));
    return this.#request(operation, count, (cells, at) => cells.bytes.set(batch.bytes, at), results<Status>);
  }

  #filtered<Found>(
    operation: Operation,
    write: (cells: Cells, at: number) => void,
    decode: Decode<Found[]>,
  ): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#request(operation, 1, write, decode);
  }

  /** Events are read where they will be sent from: a getter of theirs that asked the ledger something would write to the same place. */
  #request<Found>(
    operation: Operation,
    count: number,
    write: (cells: Cells, at: number) => void,
    decode: Decode<Found>,
  ): Promise<Found> {
    if (this.#writing) return Promise.reject(invalid('A getter of an event may not ask the ledger.'));
    const guarded = (cells: Cells, at: number): void => {
      this.#writing = true;
      try {
        write(cells, at);
      } finally {
        this.#writing = false;
      }
    };
    return this.#port.request(operation, count, guarded, decode);
  }
}

const noBuffer = new ArrayBuffer(0);
const noCells: Cells = {
  view: new DataView(noBuffer),
  bytes: new Uint8Array(noBuffer),
  u32: new Uint32Array(noBuffer),
};

function results<Status extends number>(cells: Cells, at: number, size: number): ResultBatch<Status> {
  return new ResultBatch<Status>(cells, at, size);
}

function accountFilter(filter: AccountFilterInput): (cells: Cells, at: number) => void {
  return (cells, at) => {
    encodeAccountFilter(cells, at, filter);
    checkLimit(cells, at + AccountFilterOffset.limit, EVENTS_MAX);
  };
}

function queryFilter(filter: QueryFilterInput): (cells: Cells, at: number) => void {
  return (cells, at) => {
    encodeQueryFilter(cells, at, filter);
    checkLimit(cells, at + QueryFilterOffset.limit, EVENTS_MAX);
  };
}

function changeEventsFilter(filter: ChangeEventsFilterInput): (cells: Cells, at: number) => void {
  return (cells, at) => {
    encodeChangeEventsFilter(cells, at, filter);
    checkLimit(cells, at + ChangeEventsFilterOffset.limit, CHANGE_EVENTS_MAX);
  };
}

/** As written, so after it was coerced to u32. */
function checkLimit(cells: Cells, at: number, max: number): void {
  if (cells.view.getUint32(at, true) > max) throw tooMuch();
}

const closed = (): RequestError => new RequestError(ErrorCodes.ERR_CLIENT_CLOSED);
const tooMuch = (): RequestError => new RequestError(ErrorCodes.ERR_TOO_MUCH_DATA);
