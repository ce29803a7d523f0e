/**
 * Queries and the change feed for a caller that may see a part: a query that names no ledger is asked of each that the
 * caller has, and what is asked for is read page by page until there is as much of the caller's own as it wants.
 */
import {
  AccountOffset,
  ChangeEventOffset,
  ChangeEventsFilterOffset,
  type Context,
  Operation,
  operationShapes,
  type Port,
  QueryFilterFlags,
  QueryFilterOffset,
  TallystickError,
  TransferOffset,
} from 'tallystick/internal/model';
import { Books } from './books.ts';
import { LEDGERS_MAX } from './ledgers.ts';
import { type Asked, joined, kept, type Realm, type RowTests, type Within } from './rows.ts';

/** Of one operation: where its filter says what, and its rows say when. */
interface Shape {
  readonly operation: Operation;
  readonly rowSize: number;
  readonly filterSize: number;
  /** Of the row. */
  readonly timestamp: number;
  /** Of the filter. */
  readonly min: number;
  readonly max: number;
  readonly limit: number;
  readonly within: Within;
}

export class Pages {
  readonly #port: Port;
  readonly #realm: Realm;
  readonly #tests: RowTests;
  /** The feed was read from one moment to another, and nothing there was the caller's. */
  #hole: readonly [from: bigint, to: bigint] = [0n, 0n];

  constructor(port: Port, realm: Realm, tests: RowTests) {
    this.#port = port;
    this.#realm = realm;
    this.#tests = tests;
  }

  async query<T>({ request, events }: Asked<T>): Promise<T> {
    const { operation, read, context } = request;
    const shape = this.#queryShape(operation);
    const { view } = events;
    const named = view.getUint32(QueryFilterOffset.ledger, true);
    const reversed = (view.getUint32(QueryFilterOffset.flags, true) & QueryFilterFlags.reversed) !== 0;
    const limit = Math.min(view.getUint32(shape.limit, true), operationShapes[operation].repliesMax);
    const until = deadlineOf(context);
    const rows: Uint8Array[] = [];
    for (const ledger of await this.#ledgers(named, context)) {
      const filter = events.bytes.slice();
      new DataView(filter.buffer).setUint32(QueryFilterOffset.ledger, ledger, true);
      rows.push(...(await this.#read(shape, filter, limit, reversed, context, until)));
    }
    const timeOf = (row: Uint8Array): bigint => new DataView(row.buffer).getBigUint64(shape.timestamp, true);
    rows.sort((one, other) => (timeOf(one) < timeOf(other) !== reversed ? -1 : 1));
    const found = joined(rows.slice(0, limit));
    return read(found, 0, found.bytes.length);
  }

  #queryShape(operation: Operation): Shape {
    const isAccounts = operation === Operation.query_accounts;
    return {
      operation,
      rowSize: operationShapes[operation].replySize,
      filterSize: operationShapes[operation].eventSize,
      timestamp: isAccounts ? AccountOffset.timestamp : TransferOffset.timestamp,
      min: QueryFilterOffset.timestamp_min,
      max: QueryFilterOffset.timestamp_max,
      limit: QueryFilterOffset.limit,
      within: isAccounts ? this.#tests.account : this.#tests.transfer,
    };
  }

  /** The ledgers to ask; 0 stands for a filter that names none. */
  async #ledgers(named: number, context: Context): Promise<readonly number[]> {
    const { ledgers } = this.#realm;
    if (ledgers === undefined) return [named];
    if (named !== 0) return ledgers.has(named) ? [named] : [];
    if (ledgers.count <= LEDGERS_MAX) return [...ledgers.codes()];
    return [...(await Books.of(this.#port).codes(context))].filter((code) => ledgers.has(code));
  }

  async changes<T>({ request, events }: Asked<T>): Promise<T> {
    const { operation, read, context } = request;
    const { eventSize, replySize, repliesMax } = operationShapes[operation];
    const shape: Shape = {
      operation,
      rowSize: replySize,
      filterSize: eventSize,
      timestamp: ChangeEventOffset.timestamp,
      min: ChangeEventsFilterOffset.timestamp_min,
      max: ChangeEventsFilterOffset.timestamp_max,
      limit: ChangeEventsFilterOffset.limit,
      within: this.#tests.change,
    };
    const filter = events.bytes.slice();
    const view = new DataView(filter.buffer);
    const asked = view.getBigUint64(shape.min, true);
    const [from, to] = this.#hole;
    if (asked >= from && asked <= to) view.setBigUint64(shape.min, to + 1n, true);
    const limit = Math.min(view.getUint32(shape.limit, true), repliesMax);
    const last = { at: 0n };
    const rows = await this.#read(shape, filter, limit, false, context, deadlineOf(context), last);
    if (rows.length === 0 && last.at > 0n) this.#hole = [asked >= from && asked <= to ? from : asked, last.at];
    const found = joined(rows);
    return read(found, 0, found.bytes.length);
  }

  /** `last` is told the moment of the last row that was read. */
  async #read(
    shape: Shape,
    filter: Uint8Array,
    limit: number,
    reversed: boolean,
    context: Context,
    until: number,
    last: { at: bigint } = { at: 0n },
  ): Promise<Uint8Array[]> {
    const { operation, rowSize, within } = shape;
    const view = new DataView(filter.buffer);
    const rows: Uint8Array[] = [];
    for (;;) {
      const left = until - performance.now();
      if (left <= 0) throw new TallystickError('deadline_exceeded');
      const read = await this.#port.request({
        operation,
        count: 1,
        write: ({ bytes }, at) => bytes.set(filter, at),
        read: (cells, at, size) => {
          rows.push(...kept(cells, at, size, rowSize, within));
          if (size > 0) last.at = cells.view.getBigUint64(at + size - rowSize + shape.timestamp, true);
          return size / rowSize;
        },
        context: context.timeoutMs === undefined ? context : { ...context, timeoutMs: Math.max(1, Math.ceil(left)) },
      });
      // A page that is not full was the last.
      if (read < limit || rows.length >= limit || read === 0) return rows.slice(0, limit);
      const next = reversed ? last.at - 1n : last.at + 1n;
      view.setBigUint64(reversed ? shape.max : shape.min, next, true);
      if (next === 0n) return rows;
    }
  }
}

function deadlineOf({ timeoutMs }: Context): number {
  return timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
}
