/**
 * Questions that are answered in slices, between batches, as of the moment when they were asked. Accounts keep what
 * they were then (kernel/asked.ts); transfers never change, and later ones have later timestamps.
 */

import type { SharedMemory } from '../base/index.ts';
import { ACCOUNT_SIZE, ID_SIZE, StateOffset } from '../model/index.ts';
import { FOUND_MAX, type MachineLayout } from './layout.ts';

export interface QuestionExports {
  lookup_transfers(ids: number, count: number, timestampMax: bigint, reply: number): number;
  lookupAccounts(ids: number, idsCount: number, count: number, moment: number, reply: number): number;
  queryAccounts(filter: number, first: number, end: number, limit: number, moment: number, reply: number): number;
  queryStoppedAt(): number;
  firstAccountFrom(timestamp: bigint): number;
  askAccounts(): number;
  forgetAccounts(moment: number): void;
  imagesLeft(): number;
  imagesLooked(): number;
}

/** A moment of the accounts: how many there were, and what the kernel calls it. */
export interface Moment {
  readonly number: number;
  readonly accounts: number;
}

/** Places of accounts that are still to be looked at. */
export interface Places {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
}

export class Questions {
  /** The rows that were found last, one after another. */
  readonly found: Uint8Array;
  readonly #layout: MachineLayout;
  readonly #kernel: QuestionExports;
  readonly #question: Uint8Array;
  readonly #view: DataView;
  /** Moments of the open queries, oldest first. */
  readonly #moments: Moment[] = [];

  constructor(memory: SharedMemory, layout: MachineLayout, kernel: QuestionExports) {
    this.#layout = layout;
    this.#kernel = kernel;
    this.#view = new DataView(memory.buffer);
    this.#question = new Uint8Array(memory.buffer, layout.question, FOUND_MAX * ID_SIZE);
    this.found = new Uint8Array(memory.buffer, layout.found, FOUND_MAX * ACCOUNT_SIZE);
  }

  /** From now on accounts keep what they are, until {@link forget}. Between batches. */
  ask(): Moment {
    const moment = {
      number: this.#kernel.askAccounts() >>> 0,
      accounts: this.#view.getUint32(this.#layout.state + StateOffset.accountsCount, true),
    };
    this.#moments.push(moment);
    return moment;
  }

  forget(moment: Moment): void {
    this.#moments.splice(this.#moments.indexOf(moment), 1);
    this.#kernel.forgetAccounts(this.#moments[0]?.number ?? 0);
  }

  /** How many more changes of accounts can be kept; without limit while no query is open. */
  get room(): number {
    return this.#moments.length === 0 ? Number.POSITIVE_INFINITY : this.#kernel.imagesLeft();
  }

  /** Images that were looked at since the last call, to find the state that accounts had. */
  get looked(): number {
    return this.#kernel.imagesLooked() >>> 0;
  }

  /** The timestamp of the last stored transfer. */
  get lastTransfer(): bigint {
    return this.#view.getBigUint64(this.#layout.state + StateOffset.transfersTimestampMax, true);
  }

  /**
   * Looks up {@link FOUND_MAX} ids at most, 16 bytes each; returns the bytes found. Throws what reading a run throws.
   */
  lookupTransfers(ids: Uint8Array, timestampMax: bigint): number {
    this.#question.set(ids);
    const { question, found } = this.#layout;
    return this.#kernel.lookup_transfers(question, ids.length / ID_SIZE, timestampMax, found);
  }

  /** The same of accounts. */
  lookupAccounts(ids: Uint8Array, { number, accounts }: Moment): number {
    this.#question.set(ids);
    const { question, found } = this.#layout;
    return this.#kernel.lookupAccounts(question, ids.length / ID_SIZE, accounts, number, found);
  }

  /** Accounts with timestamps from `min` to `max`, 0 for no bound. */
  placesOf({ accounts }: Moment, min: bigint, max: bigint): Places {
    const from = (timestamp: bigint): number => Math.min(this.#kernel.firstAccountFrom(timestamp) >>> 0, accounts + 1);
    return { first: min === 0n ? 1 : from(min), end: max === 0n ? accounts + 1 : from(max + 1n) };
  }

  /**
   * Looks through `places` for what the filter asks for, until `limit` rows are found, {@link FOUND_MAX} at most;
   * returns the bytes found, and the places that are left, which lie before them in a reversed query.
   */
  queryAccounts(filter: Uint8Array, { first, end }: Places, limit: number, reversed: boolean, moment: Moment): Found {
    this.#question.set(filter);
    const { question, found } = this.#layout;
    const size = this.#kernel.queryAccounts(question, first, end, Math.min(limit, FOUND_MAX), moment.number, found);
    const stopped = this.#kernel.queryStoppedAt() >>> 0;
    return { size, left: reversed ? { first, end: stopped } : { first: stopped, end } };
  }
}

export interface Found {
  readonly size: number;
  readonly left: Places;
}
