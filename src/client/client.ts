/** `createClient` as programs written for tigerbeetle-node know it, over a server or over a ledger in this process. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
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
import { parseAddresses, parseUnix } from './addresses.ts';
import { InFlight } from './in-flight.ts';
import { LazyPort } from './lazy-port.ts';
import type { Address } from './link.ts';
import { ErrorCodes, RequestError } from './request-error.ts';
import { Session } from './session.ts';
import { CONNECT_TIMEOUT_MS } from './session-options.ts';

/** Which servers a client of `createClient` talks to; fields as in tigerbeetle-node. */
export interface ClientInitArgs {
  /** u128. */
  cluster_id: bigint;
  /**
   * Each a port, an IP address, or both as `ip:port`: where a server listens; or `unix:/path`. With `$TALLYSTICK_DIR`
   * they only name a ledger in that folder, opened in this process.
   */
  replica_addresses: Array<string | number>;
  /** From a call to its answer, milliseconds; none by default. Not in tigerbeetle-node. */
  timeout_ms?: number;
  /** The ledger that the server must have, as `connect` takes it. Not in tigerbeetle-node. */
  pin?: Pin;
}

/** As in tigerbeetle-node, and everything else that a `Ledger` can do. */
export interface Client {
  createAccounts(batch: AccountBatch): Promise<ResultBatch<CreateAccountStatus>>;
  createAccounts(batch: readonly AccountInput[]): Promise<CreateAccountResult[]>;
  createTransfers(batch: TransferBatch): Promise<ResultBatch<CreateTransferStatus>>;
  createTransfers(batch: readonly AnyTransferInput[]): Promise<CreateTransferResult[]>;
  lookupAccounts(batch: readonly Id[]): Promise<Account[]>;
  lookupTransfers(batch: readonly Id[]): Promise<Transfer[]>;
  getAccountTransfers(filter: AccountFilterInput, options?: AskOptions): Promise<Transfer[]>;
  getAccountBalances(filter: AccountFilterInput, options?: AskOptions): Promise<AccountBalance[]>;
  queryAccounts(filter: QueryFilterInput, options?: AskOptions): Promise<Account[]>;
  queryTransfers(filter: QueryFilterInput, options?: AskOptions): Promise<Transfer[]>;
  getChangeEvents(filter: ChangeEventsFilterInput, options?: AskOptions): Promise<ChangeEvent[]>;
  /** As a `RemoteLedger` has it; undefined before the first answer, and over a ledger in this process. */
  readonly pin: Pin | undefined;
  /**
   * Rejects what is in flight with `ERR_CLIENT_CLOSED`; the outcome of those events is unknown. The last client of a
   * ledger closes it. May be called again, which does nothing.
   */
  destroy(): void;
  /** `destroy()`, and waits until the ledger is closed if this was its last client. */
  [Symbol.asyncDispose](): Promise<void>;
}

export type CreateClient = (args: ClientInitArgs) => Client;

/**
 * A client of servers: connects at the first request and whenever a connection was lost, without end; requests wait
 * that long. Creates that were not answered are sent again, and get their first replies.
 */
export const createRemoteClient: CreateClient = (args) => {
  const session = new Session({
    addresses: checkedAddresses(args).map(addressOf),
    cluster: args.cluster_id,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    reconnectTimeoutMs: Number.POSITIVE_INFINITY,
    retry: true,
    lane: 0,
    ...(args.pin === undefined ? {} : { pin: args.pin }),
    ...(args.timeout_ms === undefined ? {} : { timeoutMs: args.timeout_ms }),
  });
  const ledger = new ObjectLedger(session, false);
  return new LedgerClient(ledger, () => ledger.close(), session);
};

/** The address in `ip:port`, or `unix:/path`. */
function addressOf(text: string): Address {
  const file = parseUnix(text);
  if (file !== undefined) return file;
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}

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

class LedgerClient implements Client {
  readonly #ledger: ObjectLedger;
  readonly #release: () => Promise<void>;
  readonly #session: Session | undefined;
  readonly #inFlight = new InFlight();
  #released: Promise<void> | undefined;

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
    return new Promise((resolve, reject) => {
      const link = this.#inFlight.add(reject);
      send().then(
        (value) => {
          this.#inFlight.remove(link);
          resolve(value);
        },
        (error: unknown) => {
          this.#inFlight.remove(link);
          reject(inTheirWords(error));
        },
      );
    });
  }
}

/** An engine's error, as the code that tigerbeetle-node has for the same thing, if it has one. */
function inTheirWords(error: unknown): unknown {
  if (!(error instanceof TallystickError)) return error;
  if (error.code === 'closed') return new RequestError(ErrorCodes.ERR_CLIENT_CLOSED, { cause: error });
  if (error.code === 'too_much_data') return new RequestError(ErrorCodes.ERR_TOO_MUCH_DATA, { cause: error });
  return error;
}

/** The addresses in one spelling. Throws in the words that tigerbeetle-node has for each mistake. */
function checkedAddresses({ cluster_id: cluster, replica_addresses: addresses }: ClientInitArgs): string[] {
  if (typeof addresses?.join !== 'function') throw new TypeError('replica_addresses must be an array');
  if (typeof cluster !== 'bigint') throw new Error('cluster_id must be a BigInt');
  if (cluster < 0n) throw new Error('cluster_id must be positive');
  if (cluster >= 1n << 128n) throw new Error('cluster_id must fit in 128 bits');
  return parseAddresses(addresses);
}

/** Two spellings of the same addresses, in any order, are the same ledger. */
function folderOf(cluster: bigint, addresses: readonly string[]): string {
  const names = [...new Set(addresses)].sort().join('+').replaceAll(':', '_');
  // Six IPv6 addresses are longer than a file's name may be; a path is none.
  const name = names.length <= 150 && !names.includes('/') ? names : createHash('sha256').update(names).digest('hex');
  return resolve(process.env.TALLYSTICK_DIR ?? '.', `tallystick-${cluster}-${name}`);
}
