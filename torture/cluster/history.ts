/**
 * What callers asked of a cluster and heard, as lines of JSON for a checker that is not ours (torture/porcupine). One
 * line is one call, from before it was first sent to after its answer; `return` is null where there was none.
 *
 *   {"group":0,"client":3,"call":17,"return":940,"op":"transfer","id":"104","debit":1,"credit":0,"amount":2,
 *    "answer":"created"}
 *   {"group":0,"client":1,"call":31,"return":77,"op":"balances","answer":[[0,9],[2,0],[7,0],[0,0]]}
 *   {"group":0,"client":2,"call":40,"return":52,"op":"find","id":"104","answer":true}
 *
 * Times are nanoseconds of one clock of this process. Accounts are numbered within their group; the first may owe as
 * much as it likes, the others have no more debits than credits. Balances are [debits, credits].
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export type Entry =
  | {
      readonly op: 'transfer';
      readonly id: string;
      readonly debit: number;
      readonly credit: number;
      readonly amount: number;
      /** `refused`: the debit account has not so much. */
      readonly answer: 'created' | 'refused' | null;
    }
  | { readonly op: 'balances'; readonly answer: readonly (readonly [number, number])[] | null }
  | { readonly op: 'find'; readonly id: string; readonly answer: boolean | null };

/** A call, and when. */
export type Line = Entry & {
  readonly group: number;
  readonly client: number;
  readonly call: number;
  readonly return: number | null;
};

export class History {
  readonly path: string;
  readonly #file: number;
  readonly #began = process.hrtime.bigint();
  lines = 0;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w');
  }

  /** Nanoseconds since the history began. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#began);
  }

  add(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
    this.lines++;
  }

  close(): void {
    closeSync(this.#file);
  }
}
