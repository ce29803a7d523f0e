/** Requests that the feed has not told of yet: their payments count already, and what they hold is held. */
import { type Cells, CreateTransferStatus, TRANSFER_SIZE } from 'tallystick/internal';
import { statusAt } from './again.ts';
import { OnTheWay } from './features.ts';
import { wide } from './feed.ts';
import type { Rows } from './rows.ts';

const RESULT_SIZE = 16;

export class Underway {
  readonly way: OnTheWay = new OnTheWay();
  /** Payments that were answered and that the feed has not told of. */
  behind = 0;
  /** Requests that were answered, with their last timestamps. */
  #answered: { readonly rows: Rows; readonly until: bigint }[] = [];
  /** Ids of payments that go to review. */
  readonly #holding = new Set<bigint>();

  hold(id: bigint): void {
    this.#holding.add(id);
  }

  holds(id: bigint): boolean {
    return this.#holding.has(id);
  }

  /** What failed is on its way no more; the rest is until the feed tells of it, which has come up to `newest`. */
  answer(rows: Rows, results: Cells, newest: bigint): void {
    if (rows.size === 0) return;
    let until = 0n;
    for (let row = 0; row < rows.size; row++) {
      const event = rows.payments[row]!;
      if (statusAt(results, event) !== CreateTransferStatus.created) rows.arrive(row, this.way);
      else until = results.view.getBigUint64(event * RESULT_SIZE, true);
    }
    if (until <= newest) {
      this.letGo(rows);
      return;
    }
    this.#answered.push({ rows, until });
    this.behind += rows.size;
  }

  /** The feed has told of everything up to this timestamp. */
  pass(newest: bigint): void {
    const passed = this.#answered.filter(({ until }) => until <= newest);
    if (passed.length === 0) return;
    this.#answered = this.#answered.filter(({ until }) => until > newest);
    for (const { rows } of passed) {
      this.letGo(rows);
      this.behind -= rows.size;
    }
  }

  /** The request's payments are on their way no more. */
  letGo(rows: Rows): void {
    rows.arriveAll(this.way);
    if (this.#holding.size === 0) return;
    for (const event of rows.payments.subarray(0, rows.size)) {
      this.#holding.delete(wide(rows.events, event * TRANSFER_SIZE));
    }
  }
}
