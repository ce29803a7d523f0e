/** Records of a lead that is over, whose fate this node has not read yet: the stream says what became of each. */
import { assert } from 'tallystick/internal';
import type { Asked } from './asked.ts';
import type { Sent } from './leader.ts';
import { askedIn } from './proposals.ts';
import { type Entry, sameHash } from './record.ts';

export class Unsettled {
  #sent: readonly Sent[] = [];

  /** A lead is over. Those of the one before are settled: nobody leads before he has read them. */
  keep(sent: readonly Sent[]): void {
    assert(this.#sent.length === 0, 'a lead begins behind everything that the one before has sent');
    this.#sent = sent;
  }

  get count(): number {
    return this.#sent.length;
  }

  /** Nobody is going to know what became of them. */
  giveUp(reason: unknown): void {
    for (const { reject } of this.#drop()) reject(reason);
  }

  /** All callers who wait; nothing is settled any more. */
  end(): Asked[] {
    return this.#drop();
  }

  /**
   * `entry` was read. Returns the record that it is, if it is one of these. Where it has the place of one, that was not
   * stored, and those behind it never can be: `refuse` gets their callers.
   */
  settle(entry: Entry, refuse: (asked: readonly Asked[]) => void): Sent | undefined {
    const first = this.#sent[0];
    if (first === undefined || first.entry.sequence !== entry.sequence) return undefined;
    if (!sameHash(first.entry.hash, entry.hash)) {
      refuse(this.#drop());
      return undefined;
    }
    this.#sent = this.#sent.slice(1);
    return first;
  }

  #drop(): Asked[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent.flatMap(askedIn);
  }
}
