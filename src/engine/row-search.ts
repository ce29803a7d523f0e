/**
 * Lookups of many ids and queries of accounts, in slices: as of their place in the order, whatever changes meanwhile.
 * The machine keeps images of accounts while a query is open ({@link Questions}); it has room for so many
 * changes, and before it runs out a question is hurried, or refused.
 */

import { FOUND_MAX, type Moment, type Places, type Questions } from '../machine/index.ts';
import {
  ACCOUNT_SIZE,
  EVENTS_MAX,
  ID_SIZE,
  Operation,
  QueryFilterFlags,
  QueryFilterOffset,
  TIMESTAMP_MAX,
  TRANSFER_SIZE,
} from '../model/index.ts';
import { Answer, type Search, Work } from '../projector/index.ts';
import type { Executor } from './executor.ts';

/** A search among rows that change; `moment` is to be forgotten when it has ended. */
export interface RowSearch extends Search {
  readonly moment: Moment | undefined;
}

/** Transfers that are looked up before it is asked whether the slice is over, where some are in runs: 60 us. */
const COLD_TOGETHER = 8;
const TRANSFER_UNITS = 32;
/** One that is in a run, beyond that: some reads of its index, its record and its cell. */
const COLD_UNITS = 1024;
const ACCOUNT_UNITS = 32;
/** Places of accounts that are looked through together. */
const PLACES_TOGETHER = 16_384;
const PLACES_PER_UNIT = 4;

export class RowSearches {
  readonly #executor: Executor;
  readonly #questions: Questions;

  constructor(executor: Executor) {
    this.#executor = executor;
    this.#questions = executor.machine.questions;
  }

  /**
   * Begins to answer; the events lie in `events` and are not needed any more when this returns. Undefined: it finds
   * nothing.
   */
  ask(operation: number, events: Uint8Array, clock: () => number): RowSearch | undefined {
    const answer = new Answer();
    const work = new Work(clock);
    if (operation === Operation.lookup_transfers) {
      const steps = this.#transfers(events.slice(), this.#questions.lastTransfer, answer, work);
      return { answer, work, steps, moment: undefined };
    }
    if (operation === Operation.query_accounts && !isValid(events)) return undefined;
    const moment = this.#questions.ask();
    const steps =
      operation === Operation.query_accounts
        ? this.#query(events.slice(), answer, work, moment)
        : this.#accounts(events.slice(), moment, answer, work);
    return { answer, work, steps, moment };
  }

  /** How many more changes of accounts can be kept. */
  get room(): number {
    return this.#questions.room;
  }

  /** A search has ended. */
  forget(moment: Moment): void {
    this.#questions.forget(moment);
  }

  *#transfers(ids: Uint8Array, last: bigint, answer: Answer, work: Work): Generator<void, void> {
    let together = FOUND_MAX;
    answer.reserve((ids.length / ID_SIZE) * TRANSFER_SIZE);
    for (let at = 0; at < ids.length; ) {
      const some = ids.subarray(at, at + together * ID_SIZE);
      const before = this.#executor.coldReads;
      answer.append(this.#questions.found, this.#questions.lookupTransfers(some, last));
      const cold = this.#executor.coldReads - before;
      work.spend((some.length / ID_SIZE) * TRANSFER_UNITS + cold * COLD_UNITS);
      at += some.length;
      together = cold > 0 ? COLD_TOGETHER : FOUND_MAX;
      if (work.isOver) yield;
    }
  }

  *#accounts(ids: Uint8Array, moment: Moment, answer: Answer, work: Work): Generator<void, void> {
    answer.reserve((ids.length / ID_SIZE) * TRANSFER_SIZE);
    for (let at = 0; at < ids.length; at += FOUND_MAX * ID_SIZE) {
      const some = ids.subarray(at, at + FOUND_MAX * ID_SIZE);
      answer.append(this.#questions.found, this.#questions.lookupAccounts(some, moment));
      work.spend((some.length / ID_SIZE) * ACCOUNT_UNITS + this.#questions.looked);
      if (work.isOver) yield;
    }
  }

  *#query(filter: Uint8Array, answer: Answer, work: Work, moment: Moment): Generator<void, void> {
    const { min, max, limit, reversed } = fields(filter);
    const all = this.#questions.placesOf(moment, min, max);
    let { first, end } = all;
    while (first < end && answer.rows < limit) {
      const some: Places = reversed
        ? { first: Math.max(first, end - PLACES_TOGETHER), end }
        : { first, end: Math.min(end, first + PLACES_TOGETHER) };
      const { size, left } = this.#questions.queryAccounts(filter, some, limit - answer.rows, reversed, moment);
      answer.append(this.#questions.found, size);
      const lookedThrough = some.end - some.first - (left.end - left.first);
      work.spend(lookedThrough / PLACES_PER_UNIT + (size / ACCOUNT_SIZE) * ACCOUNT_UNITS + this.#questions.looked);
      if (reversed) end = left.end;
      else first = left.first;
      if (work.isOver) yield;
    }
  }
}

interface Fields {
  readonly min: bigint;
  readonly max: bigint;
  readonly limit: number;
  readonly reversed: boolean;
}

function fields(filter: Uint8Array): Fields {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  return {
    min: view.getBigUint64(QueryFilterOffset.timestamp_min, true),
    max: view.getBigUint64(QueryFilterOffset.timestamp_max, true),
    limit: Math.min(view.getUint32(QueryFilterOffset.limit, true), EVENTS_MAX),
    reversed: (view.getUint32(QueryFilterOffset.flags, true) & QueryFilterFlags.reversed) !== 0,
  };
}

/** Timestamps in range, a limit, nothing reserved. */
function isValid(filter: Uint8Array): boolean {
  const reserved = filter.subarray(QueryFilterOffset.code + 2, QueryFilterOffset.timestamp_min);
  if (reserved.some((byte) => byte !== 0)) return false;
  const { min, max, limit } = fields(filter);
  if (min > TIMESTAMP_MAX || max > TIMESTAMP_MAX || (max !== 0n && min > max)) return false;
  const flags = new DataView(filter.buffer, filter.byteOffset).getUint32(QueryFilterOffset.flags, true);
  return limit !== 0 && flags <= QueryFilterFlags.reversed;
}
