/** The `Ledger` that talks to an engine in this process: objects or batches at the door, wire cells inside. */
import {
  type Account,
  type AccountBalance,
  AccountBatch,
  type AccountFilterInput,
  AccountFilterOffset,
  type AccountInput,
  type AskOptions,
  type Cells,
  CHANGE_EVENTS_MAX,
  type ChangeEvent,
  type ChangeEventsFilterInput,
  ChangeEventsFilterOffset,
  type CreateAccountResult,
  type CreateAccountStatus,
  type CreateTransferResult,
  type CreateTransferStatus,
  checkOptions,
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
  operationShapes,
  type QueryFilterInput,
  QueryFilterOffset,
  type RequestPort,
  type RequestTerms,
  ResultBatch,
  TallystickError,
  type Transfer,
  TransferBatch,
  type TransferInput,
} from '../model/index.ts';

type Encode<Event> = (cells: Cells, at: number, events: readonly Event[], exact: boolean) => void;
/** Writes what is asked, and says how many records may answer it. */
type Write = (cells: Cells, at: number) => number;
type Decode<Found> = (cells: Cells, at: number, size: number) => Found;

export class ObjectLedger implements Ledger {
  readonly #port: RequestPort;
  #closing: Promise<void> | undefined;
  /** Events are being read. */
  #writing = false;
  readonly #exact: boolean;

  /** Without `exact`, events are taken as tigerbeetle-node takes them: unknown names are ignored, numbers wrap. */
  constructor(port: RequestPort, exact = true) {
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
  createTransfers(transfers: readonly TransferInput[]): Promise<CreateTransferResult[]>;
  createTransfers(
    transfers: readonly TransferInput[] | TransferBatch,
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
    decode: Decode<Found[]>,
    options?: AskOptions,
  ): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (!Array.isArray(events)) return Promise.reject(invalid('Array argument must be an [object Array].'));
    const count = events.length;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve([]);
    const write = (cells: Cells, at: number): number => {
      encode(cells, at, events, this.#exact);
      return count;
    };
    return this.#request(operation, count, write, decode, options);
  }

  #batch<Status extends number>(
    operation: Operation,
    batch: AccountBatch | TransferBatch,
  ): Promise<ResultBatch<Status>> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const count = batch.count;
    if (count > this.#port.eventsMax) return Promise.reject(tooMuch());
    if (count === 0) return Promise.resolve(new ResultBatch<Status>(noCells, 0, 0));
    const write = (cells: Cells, at: number): number => {
      cells.bytes.set(batch.bytes, at);
      return count;
    };
    return this.#request(operation, count, write, results<Status>);
  }

  #filtered<Found>(
    operation: Operation,
    write: Write,
    decode: Decode<Found[]>,
    options?: AskOptions,
  ): Promise<Found[]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#request(operation, 1, write, decode, options);
  }

  /**
   * Events are read where they will be sent from: a getter of theirs that asked the ledger something would write to the
   * same place.
   */
  #request<Found>(
    operation: Operation,
    count: number,
    write: Write,
    decode: Decode<Found>,
    options?: AskOptions,
  ): Promise<Found> {
    if (this.#writing) return Promise.reject(invalid('A getter of an event may not ask the ledger.'));
    let most = 0;
    const guarded = (cells: Cells, at: number): void => {
      this.#writing = true;
      try {
        most = write(cells, at);
      } finally {
        this.#writing = false;
      }
    };
    const checked = (cells: Cells, at: number, size: number): Found => {
      checkReply(operation, most, size);
      return decode(cells, at, size);
    };
    return options === undefined
      ? this.#port.request(operation, count, guarded, checked)
      : this.#port.request(operation, count, guarded, checked, termsOf(options));
  }
}

function termsOf(options: AskOptions): RequestTerms {
  checkOptions(options, ['timeoutMs'], 'a read');
  const { timeoutMs } = options;
  if (timeoutMs === undefined) return {};
  if (typeof timeoutMs === 'number' && timeoutMs > 0) return { timeoutMs };
  throw invalid('timeoutMs is a number of milliseconds above 0');
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

function accountFilter(filter: AccountFilterInput, exact: boolean): Write {
  return (cells, at) => {
    encodeAccountFilter(cells, at, filter, exact);
    return checkLimit(cells, at + AccountFilterOffset.limit, EVENTS_MAX);
  };
}

function queryFilter(filter: QueryFilterInput, exact: boolean): Write {
  return (cells, at) => {
    encodeQueryFilter(cells, at, filter, exact);
    return checkLimit(cells, at + QueryFilterOffset.limit, EVENTS_MAX);
  };
}

function changeEventsFilter(filter: ChangeEventsFilterInput, exact: boolean): Write {
  return (cells, at) => {
    encodeChangeEventsFilter(cells, at, filter, exact);
    return checkLimit(cells, at + ChangeEventsFilterOffset.limit, CHANGE_EVENTS_MAX);
  };
}

/** As written, so after it was coerced to u32. */
function checkLimit(cells: Cells, at: number, max: number): number {
  const limit = cells.view.getUint32(at, true);
  if (limit > max) throw tooMuch();
  return limit;
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
    `the server answered with ${size} bytes, which are not ${journalled ? '' : 'up to '}${most} records of ${replySize}`,
  );
}

const closed = (): TallystickError => new TallystickError('closed');
const tooMuch = (): TallystickError => new TallystickError('too_much_data');
