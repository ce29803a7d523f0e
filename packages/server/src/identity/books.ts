/**
 * Which ledger codes have accounts: so that a query which names no ledger can be asked of each that its caller may see,
 * and of no other. It reads each account once in its life: accounts never change their ledger, and their timestamps
 * only grow.
 */
import {
  AccountOffset,
  type Context,
  Operation,
  type Port,
  QUERY_FILTER_SIZE,
  QueryFilterOffset,
} from 'tallystick/internal/model';

const ROW = 128;
const known = new WeakMap<Port, Books>();

export class Books {
  readonly #port: Port;
  readonly #codes = new Set<number>();
  #newest = 0n;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(port: Port) {
    this.#port = port;
  }

  /** Shared by all callers of a port. */
  static of(port: Port): Books {
    let books = known.get(port);
    if (books === undefined) {
      books = new Books(port);
      known.set(port, books);
    }
    return books;
  }

  /** All codes of accounts that were created before this was called. */
  codes(context: Context): Promise<ReadonlySet<number>> {
    const read = this.#last.then(() => this.#readOn(context));
    this.#last = read.catch(() => {});
    return read;
  }

  async #readOn(context: Context): Promise<ReadonlySet<number>> {
    const limit = this.#port.eventsMax;
    for (let found = limit; found === limit; ) {
      found = await this.#port.request({
        operation: Operation.query_accounts,
        count: 1,
        write: ({ bytes, view }, at) => {
          bytes.fill(0, at, at + QUERY_FILTER_SIZE);
          view.setBigUint64(at + QueryFilterOffset.timestamp_min, this.#newest + 1n, true);
          view.setUint32(at + QueryFilterOffset.limit, limit, true);
        },
        read: ({ view }, at, size) => {
          for (let row = at; row < at + size; row += ROW) {
            this.#codes.add(view.getUint32(row + AccountOffset.ledger, true));
            this.#newest = view.getBigUint64(row + AccountOffset.timestamp, true);
          }
          return size / ROW;
        },
        context,
      });
    }
    return this.#codes;
  }
}
