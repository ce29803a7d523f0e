/**
 * Which ledgers a caller may touch and see. Creates must name one of them in every event; lookups and queries
 * find what lies in them, and nothing else. What cannot be told apart by ledger is refused.
 */
import {
  AccountFilterOffset,
  AccountOffset,
  type Before,
  before,
  Cells,
  Operation,
  operationShapes,
  PendingTransferOffset,
  type Port,
  QueryFilterFlags,
  QueryFilterOffset,
  type Read,
  type Request,
  TallystickError,
  TransferFilterOffset,
  TransferOffset,
} from 'tallystick/internal/model';

/** Ledger codes. */
export type Ledgers = ReadonlySet<number>;
export const LEDGERS_MAX = 64;
const LEDGER_MAX = 2 ** 32 - 1;
const ROW = 128;

/** The ledgers that a token or a file names, by code. Undefined if it is not a list of codes, which allows nothing. */
export function ledgersOf(ledgers: unknown): Ledgers | undefined {
  if (!Array.isArray(ledgers) || ledgers.length === 0 || ledgers.length > LEDGERS_MAX) return undefined;
  const isCode = (code: unknown): boolean => Number.isInteger(code) && Number(code) > 0 && Number(code) <= LEDGER_MAX;
  return ledgers.every(isCode) ? new Set(ledgers as number[]) : undefined;
}

/** Keeps a caller within its ledgers. `denied` hears what was refused. */
export function withinLedgers(ledgers: Ledgers, denied: (reason: string) => void): Before {
  const within = new Within(ledgers, denied);
  return before((port, request) => within.request(port, request));
}

/** One request, as it was asked for. */
interface Asked<T> {
  readonly port: Port;
  readonly request: Request<T>;
  readonly events: Cells;
}

class Within {
  readonly #ledgers: Ledgers;
  readonly #denied: (reason: string) => void;

  constructor(ledgers: Ledgers, denied: (reason: string) => void) {
    this.#ledgers = ledgers;
    this.#denied = denied;
  }

  request<T>(port: Port, request: Request<T>): Promise<T> {
    const { operation, count, read } = request;
    // Looked at in a copy: what is sent is what was looked at.
    const events = Cells.of(count * operationShapes[operation].eventSize);
    try {
      request.write(events, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const asked = { port, request, events };
    switch (operation) {
      case Operation.create_accounts:
        return this.#create(asked, AccountOffset.ledger);
      case Operation.create_transfers:
        return this.#create(asked, TransferOffset.ledger);
      case Operation.lookup_accounts:
        return this.#send(asked, (cells, at, size) => this.#within(cells, at, size, AccountOffset.ledger, read));
      case Operation.lookup_transfers:
        return this.#send(asked, (cells, at, size) => this.#within(cells, at, size, TransferOffset.ledger, read));
      case Operation.get_account_transfers:
      case Operation.get_account_balances:
        return this.#ofAccount(asked);
      case Operation.query_accounts:
        return this.#query(asked, AccountOffset.timestamp);
      case Operation.query_transfers:
        return this.#query(asked, TransferOffset.timestamp);
      case Operation.lookup_accounts_at:
        return this.#send(asked, (cells, at, size) => this.#within(cells, at, size, AccountOffset.ledger, read));
      case Operation.lookup_pendings:
        return this.#send(asked, (cells, at, size) => this.#pendings(cells, at, size, read));
      case Operation.search_transfers:
      case Operation.sum_transfers:
        return this.#search(asked);
      case Operation.get_snapshot:
        return this.#send(asked, read);
      case Operation.get_change_events:
        return this.#refuse('the change feed covers all ledgers, and this caller is limited to some');
      default:
        return this.#refuse(`operation ${operation} is not open to a caller that is limited to some ledgers`);
    }
  }

  #refuse(reason: string): Promise<never> {
    this.#denied(reason);
    return Promise.reject(new TallystickError('forbidden', reason));
  }

  #send<T>({ port, request, events }: Asked<unknown>, read: Read<T>): Promise<T> {
    return port.request({ ...request, write: (cells, at) => cells.bytes.set(events.bytes, at), read });
  }

  /** A post or a void that leaves its ledger open would take that of whatever pending transfer it names. */
  #create<T>(asked: Asked<T>, offset: number): Promise<T> {
    for (let event = 0; event < asked.request.count; event++) {
      const ledger = asked.events.view.getUint32(event * ROW + offset, true);
      if (this.#ledgers.has(ledger)) continue;
      return this.#refuse(`event ${event} names ledger ${ledger}, which is not among the caller's; nothing was sent`);
    }
    return this.#send(asked, asked.request.read);
  }

  /** The rows of a reply that lie in them. */
  #within<T>(cells: Cells, at: number, size: number, offset: number, read: Read<T>): T {
    const found = Cells.of(size);
    let to = 0;
    for (let from = at; from < at + size; from += ROW) {
      if (!this.#ledgers.has(cells.view.getUint32(from + offset, true))) continue;
      found.bytes.set(cells.bytes.subarray(from, from + ROW), to);
      to += ROW;
    }
    return read(found, 0, to);
  }

  /** A search names one of them: sums of several could not be told apart. */
  #search<T>(asked: Asked<T>): Promise<T> {
    const ledger = asked.events.view.getUint32(TransferFilterOffset.ledger, true);
    if (this.#ledgers.has(ledger)) return this.#send(asked, asked.request.read);
    return this.#refuse(`the filter must name a ledger of the caller's, and not ${ledger}`);
  }

  /** Every id keeps its place: what lies elsewhere was not found. */
  #pendings<T>(cells: Cells, at: number, size: number, read: Read<T>): T {
    const found = Cells.of(size);
    for (let row = 0; row < size; row += ROW) {
      const inside = this.#ledgers.has(cells.view.getUint32(at + row + PendingTransferOffset.ledger, true));
      const kept = inside ? ROW : PendingTransferOffset.amount;
      found.bytes.set(cells.bytes.subarray(at + row, at + row + kept), row);
    }
    return read(found, 0, size);
  }

  /** Balances do not say their ledger, and the account's never changes. */
  async #ofAccount<T>(asked: Asked<T>): Promise<T> {
    const at = AccountFilterOffset.account_id;
    const id = asked.events.bytes.subarray(at, at + 16);
    const { read, context } = asked.request;
    const inside = await asked.port.request({
      operation: Operation.lookup_accounts,
      count: 1,
      write: (cells, to) => cells.bytes.set(id, to),
      read: (cells, from, size) =>
        size > 0 && this.#ledgers.has(cells.view.getUint32(from + AccountOffset.ledger, true)),
      context,
    });
    return inside ? this.#send(asked, read) : read(Cells.none, 0, 0);
  }

  /** A query that names no ledger is asked of each, one after the other, and what is found is put in order. */
  async #query<T>(asked: Asked<T>, timestamp: number): Promise<T> {
    const { view } = asked.events;
    const { read } = asked.request;
    const named = view.getUint32(QueryFilterOffset.ledger, true);
    if (named !== 0) return this.#ledgers.has(named) ? this.#send(asked, read) : read(Cells.none, 0, 0);
    const rows: Uint8Array[] = [];
    for (const ledger of this.#ledgers) {
      view.setUint32(QueryFilterOffset.ledger, ledger, true);
      if (this.#ledgers.size === 1) return this.#send(asked, read);
      await this.#send(asked, (cells, at, size) => {
        for (let from = at; from < at + size; from += ROW) rows.push(cells.bytes.slice(from, from + ROW));
      });
    }
    const timeOf = (row: Uint8Array): bigint => new DataView(row.buffer).getBigUint64(timestamp, true);
    const reversed = (view.getUint32(QueryFilterOffset.flags, true) & QueryFilterFlags.reversed) !== 0;
    rows.sort((one, other) => (timeOf(one) < timeOf(other) !== reversed ? -1 : 1));
    const limit = Math.min(view.getUint32(QueryFilterOffset.limit, true), asked.port.eventsMax);
    const found = Cells.of(Math.min(rows.length, limit) * ROW);
    for (const [index, row] of rows.slice(0, limit).entries()) found.bytes.set(row, index * ROW);
    return read(found, 0, found.bytes.length);
  }
}
