/** `createClient` as programs written for tigerbeetle-node know it, over a server or over a ledger in this process. */
import {
  type Account,
  type AccountBalance,
  type AccountBatch,
  type AccountFilterInput,
  type AccountInput,
  type AnyTransferInput,
  type AskOptions,
  type ChangeEvent,
  type ChangeEventsFilterInput,
  type CreateAccountResult,
  type CreateAccountStatus,
  type CreateTransferResult,
  type CreateTransferStatus,
  type Id,
  ObjectLedger,
  type Pin,
  type Port,
  type QueryFilterInput,
  type ResultBatch,
  TallystickError,
  type Transfer,
  type TransferBatch,
} from '../model/index.ts';
import { type ClientInitArgs, checkedAddresses, folderOf, remoteOptions } from './client-args.ts';
import { InFlight } from './in-flight.ts';
import { LazyPort } from './lazy-port.ts';
import { ErrorCodes, RequestError } from './request-error.ts';
import { Session } from './session.ts';

/**
 * As in tigerbeetle-node, to the method: so a program's own fake of it `implements Client`. Events may leave out what
 * is zero.
 */
export interface Client {
  createAccounts(batch: readonly AccountInput[]): Promise<CreateAccountResult[]>;
  createTransfers(batch: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;
  lookupAccounts(batch: readonly Id[]): Promise<Account[]>;
  lookupTransfers(batch: readonly Id[]): Promise<Transfer[]>;
  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]>;
  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]>;
  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]>;
  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]>;
  /**
   * Rejects what is in flight with `ERR_CLIENT_CLOSED`; the outcome of those events is unknown. The last client of a
   * ledger closes it. May be called again, which does nothing.
   */
  destroy(): void;
}

/** What `createClient` returns: a `Client`, and what tigerbeetle-node has not. */
export interface ExtendedClient extends Client {
  createAccounts(batch: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(batch: readonly AccountInput[]): Promise<CreateAccountResult[]>;
  createTransfers(batch: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(batch: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;
  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]>;
  /** As a `RemoteLedger` has it; undefined before the first answer, and over a ledger in this process. */
  readonly pin: Pin | undefined;
  /** `destroy()`, and waits until the ledger is closed if this was its last client. */
  [Symbol.asyncDispose](): Promise<void>;
}

export type CreateClient = (args: ClientInitArgs) => ExtendedClient;

/**
 * A client of servers: connects at the first request and whenever a connection was lost, without end; requests wait
 * that long. Creates that were not answered are sent again, and get their first replies.
 */
export const createRemoteClient: CreateClient = (args) => {
  const session = new Session(remoteOptions(args));
  const ledger = new ObjectLedger(session, false);
  return new LedgerClient(ledger, () => ledger.close(), session);
};

export type Opener = (folder: string) => Promise<Port>;

/** One engine, as many clients as are alive. */
interface Shared {
  readonly ledger: ObjectLedger;
  clients: number;
}

/**
 * A `createClient` whose ledgers are opened by `opener`, at the first request. Clients of the same cluster and
 * addresses share one; it lies in the folder `$TALLYSTICK_DIR`, or the current one, under a name made of both.
 */
export function createClientWith(opener: Opener): CreateClient {
  const ledgers = new Map<string, Shared>();
  const closings = new Map<string, Promise<void>>();

  return (args) => {
    const folder = folderOf(args.cluster_id, checkedAddresses(args));
    let shared = ledgers.get(folder);
    if (shared === undefined) {
      // The one before may still be closing, and two engines must never have one folder.
      const before = closings.get(folder);
      const port = new LazyPort(() => after(before, () => opener(folder)));
      shared = { ledger: new ObjectLedger(port, false), clients: 0 };
      ledgers.set(folder, shared);
    }
    shared.clients += 1;
    const { ledger } = shared;

    const release = (): Promise<void> => {
      shared.clients -= 1;
      if (shared.clients > 0) return Promise.resolve();
      ledgers.delete(folder);
      const before = closings.get(folder);
      const closing = after(before, () => ledger.close()).finally(() => {
        if (closings.get(folder) === closing) closings.delete(folder);
      });
      closings.set(folder, closing);
      return closing;
    };
    return new LedgerClient(ledger, release);
  };
}

/** `next`, once `before` has ended one way or the other. */
async function after<T>(before: Promise<unknown> | undefined, next: () => Promise<T>): Promise<T> {
  await before?.catch(() => undefined);
  return next();
}

class LedgerClient implements ExtendedClient {
  readonly #ledger: ObjectLedger;
  readonly #release: () => Promise<void>;
  readonly #session: Session | undefined;
  readonly #inFlight = new InFlight();
  #released: Promise<void> | undefined;
  /** Set once the server has given the session up: as in tigerbeetle-node, this client then answers nothing else. */
  #evicted: RequestError | undefined;

  constructor(ledger: ObjectLedger, release: () => Promise<void>, session?: Session) {
    this.#ledger = ledger;
    this.#release = release;
    this.#session = session;
  }

  get pin(): Pin | undefined {
    return this.#session?.pin;
  }

  createAccounts(batch: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(batch: readonly AccountInput[]): Promise<CreateAccountResult[]>;
  createAccounts(batch: never): Promise<CreateAccountResult[] | ResultBatch<CreateAccountStatus>> {
    return this.#call(() => this.#ledger.createAccounts(batch));
  }

  createTransfers(batch: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(batch: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;
  createTransfers(batch: never): Promise<CreateTransferResult[] | ResultBatch<CreateTransferStatus>> {
    return this.#call(() => this.#ledger.createTransfers(batch));
  }

  lookupAccounts(batch: readonly Id[]): Promise<Account[]> {
    return this.#call(() => this.#ledger.lookupAccounts(batch));
  }

  lookupTransfers(batch: readonly Id[]): Promise<Transfer[]> {
    return this.#call(() => this.#ledger.lookupTransfers(batch));
  }

  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#call(() => this.#ledger.getAccountTransfers(filter, options));
  }

  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]> {
    return this.#call(() => this.#ledger.getAccountBalances(filter, options));
  }

  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]> {
    return this.#call(() => this.#ledger.queryAccounts(filter, options));
  }

  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]> {
    return this.#call(() => this.#ledger.queryTransfers(filter, options));
  }

  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]> {
    return this.#call(() => this.#ledger.getChangeEvents(filter, options));
  }

  destroy(): void {
    // A failure to close is dropped here; a program that wants it disposes of the client with `await using`.
    this.#destroyed().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#destroyed();
  }

  #destroyed(): Promise<void> {
    if (this.#released === undefined) {
      this.#inFlight.reject(new RequestError(ErrorCodes.ERR_CLIENT_CLOSED));
      this.#released = this.#release();
    }
    return this.#released;
  }

  #call<T>(send: () => Promise<T>): Promise<T> {
    if (this.#released !== undefined) return Promise.reject(new RequestError(ErrorCodes.ERR_CLIENT_CLOSED));
    if (this.#evicted !== undefined) return Promise.reject(this.#evicted);
    return new Promise((resolve, reject) => {
      const link = this.#inFlight.add(reject);
      send().then(
        (value) => {
          this.#inFlight.remove(link);
          resolve(value);
        },
        (error: unknown) => {
          this.#inFlight.remove(link);
          const told = inTheirWords(error);
          reject(told);
          if (told instanceof RequestError && told.code === ErrorCodes.ERR_CLIENT_EVICTED) this.#evict(told);
        },
      );
    });
  }

  #evict(error: RequestError): void {
    this.#evicted = error;
    this.#inFlight.reject(error);
  }
}

/** An engine's error, as the code that tigerbeetle-node has for the same thing, if it has one. */
function inTheirWords(error: unknown): unknown {
  if (!(error instanceof TallystickError)) return error;
  if (error.code === 'closed') return new RequestError(ErrorCodes.ERR_CLIENT_CLOSED, { cause: error });
  if (error.code === 'session_expired') return new RequestError(ErrorCodes.ERR_CLIENT_EVICTED, { cause: error });
  if (error.code === 'too_much_data') return new RequestError(ErrorCodes.ERR_TOO_MUCH_DATA, { cause: error });
  return error;
}
