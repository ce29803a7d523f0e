/**
 * The client of tigerbeetle-node, as far as its surface goes, over the reference model: for tests of the port that
 * stands on it. It wants events as that package does, every field and every type, and it puts requests into messages as
 * that package does: one message under way, and what comes meanwhile into the first waiting one of its operation that
 * has room, so that a small request may pass a large one. The wire behind it is not there.
 */
import assert from 'node:assert/strict';
import type { TigerBeetleClient, TigerBeetleResult } from '../../src/client/index.ts';
import {
  type Account,
  type AccountBalance,
  type AccountFilter,
  EVENTS_MAX,
  type Ledger,
  type QueryFilter,
  type Transfer,
} from '../../src/model/index.ts';
import { ModelLedger } from './model-ledger.ts';

const account: Fields = {
  ...{ id: 'bigint', debits_pending: 'bigint', debits_posted: 'bigint', credits_pending: 'bigint' },
  ...{ credits_posted: 'bigint', user_data_128: 'bigint', user_data_64: 'bigint', user_data_32: 'number' },
  ...{ reserved: 'number', ledger: 'number', code: 'number', flags: 'number', timestamp: 'bigint' },
};
const transfer: Fields = {
  ...{ id: 'bigint', debit_account_id: 'bigint', credit_account_id: 'bigint', amount: 'bigint', pending_id: 'bigint' },
  ...{ user_data_128: 'bigint', user_data_64: 'bigint', user_data_32: 'number', timeout: 'number' },
  ...{ ledger: 'number', code: 'number', flags: 'number', timestamp: 'bigint' },
};
const window: Fields = {
  ...{ user_data_128: 'bigint', user_data_64: 'bigint', user_data_32: 'number', code: 'number' },
  ...{ timestamp_min: 'bigint', timestamp_max: 'bigint', limit: 'number', flags: 'number' },
};
const accountFilter: Fields = { account_id: 'bigint', ...window };
const queryFilter: Fields = { ledger: 'number', ...window };

type Fields = { readonly [field: string]: 'bigint' | 'number' };

/** One call, in the message that it became part of. */
interface Packet {
  readonly records: number;
  run(): Promise<void>;
  cancel(error: Error): void;
}

interface Message {
  readonly operation: string;
  readonly packets: Packet[];
  records: number;
}

/** An error as tigerbeetle-node has them. */
export class FakeRequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;

  constructor(code: string) {
    super(`${code} of the fake`);
    this.code = code;
  }
}

export class FakeTigerBeetleClient implements TigerBeetleClient {
  readonly #ledger: Ledger;
  #flying: Message | undefined;
  #waiting: Message[] = [];
  /** Why no call is taken any more. */
  #gone: Error | undefined;
  /** While true the cluster answers nobody. */
  silent = false;

  constructor(ledger: Ledger = new ModelLedger()) {
    this.#ledger = ledger;
  }

  createAccounts(batch: Account[]): Promise<readonly TigerBeetleResult[]> {
    for (const event of batch) check(event, account);
    return this.#submit('createAccounts', batch.length, () => this.#ledger.createAccounts(batch));
  }

  createTransfers(batch: Transfer[]): Promise<readonly TigerBeetleResult[]> {
    for (const event of batch) check(event, transfer);
    return this.#submit('createTransfers', batch.length, () => this.#ledger.createTransfers(batch));
  }

  lookupAccounts(batch: bigint[]): Promise<readonly Account[]> {
    for (const id of batch) assert.equal(typeof id, 'bigint');
    return this.#submit('lookupAccounts', batch.length, () => this.#ledger.lookupAccounts(batch));
  }

  lookupTransfers(batch: bigint[]): Promise<readonly Transfer[]> {
    for (const id of batch) assert.equal(typeof id, 'bigint');
    return this.#submit('lookupTransfers', batch.length, () => this.#ledger.lookupTransfers(batch));
  }

  getAccountTransfers(filter: AccountFilter): Promise<readonly Transfer[]> {
    check(filter, accountFilter);
    return this.#submit('getAccountTransfers', filter.limit, () => this.#ledger.getAccountTransfers(filter));
  }

  getAccountBalances(filter: AccountFilter): Promise<readonly AccountBalance[]> {
    check(filter, accountFilter);
    return this.#submit('getAccountBalances', filter.limit, () => this.#ledger.getAccountBalances(filter));
  }

  queryAccounts(filter: QueryFilter): Promise<readonly Account[]> {
    check(filter, queryFilter);
    return this.#submit('queryAccounts', filter.limit, () => this.#ledger.queryAccounts(filter));
  }

  queryTransfers(filter: QueryFilter): Promise<readonly Transfer[]> {
    check(filter, queryFilter);
    return this.#submit('queryTransfers', filter.limit, () => this.#ledger.queryTransfers(filter));
  }

  destroy(): void {
    this.#end(new FakeRequestError('ERR_CLIENT_CLOSED'));
  }

  /** The cluster has too many clients, and gives this one up. */
  evict(): void {
    this.#end(new FakeRequestError('ERR_CLIENT_EVICTED'));
  }

  #end(error: Error): void {
    this.#gone ??= error;
    const messages = [...(this.#flying === undefined ? [] : [this.#flying]), ...this.#waiting];
    this.#waiting = [];
    for (const { packets } of messages) for (const packet of packets) packet.cancel(error);
  }

  #submit<T>(operation: string, records: number, act: () => Promise<T>): Promise<T> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    if (records > EVENTS_MAX) return Promise.reject(new FakeRequestError('ERR_TOO_MUCH_DATA'));
    return new Promise<T>((resolve, reject) => {
      this.#enqueue(operation, { records, run: () => act().then(resolve, reject), cancel: reject });
    });
  }

  #enqueue(operation: string, packet: Packet): void {
    const roomy = this.#waiting.find(
      (message) => message.operation === operation && message.records + packet.records <= EVENTS_MAX,
    );
    if (this.#flying !== undefined && roomy !== undefined) {
      roomy.packets.push(packet);
      roomy.records += packet.records;
      return;
    }
    const message = { operation, packets: [packet], records: packet.records };
    if (this.#flying === undefined) void this.#fly(message);
    else this.#waiting.push(message);
  }

  async #fly(message: Message): Promise<void> {
    this.#flying = message;
    if (this.silent) return;
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(message.packets.map((packet) => packet.run()));
    this.#flying = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) await this.#fly(next);
  }
}

function check(event: object, fields: Fields): void {
  const types = Object.entries(event).map(([name, value]) => [name, typeof value]);
  assert.deepEqual(Object.fromEntries(types.filter(([name]) => fields[name!] !== undefined)), fields);
}
