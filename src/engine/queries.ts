/**
 * Queries of the history, in slices. At its place in the order a query is only asked: what there is then is what it
 * will answer, and that takes no time. Between the requests that follow, one slice at a time is spent on it. So no
 * query holds up a writer for longer than a slice, and queries of one payer do not hold up those of another.
 *
 *   ring ──ask──▶ waiting ──slice, slice …──▶ found ──room in the ring of answers──▶ completion ──▶ egress
 */

import type { Moment } from '../machine/index.ts';
import {
  CELL_SIZE,
  COMPLETION_SIZE,
  CompletionKind,
  CompletionOffset,
  HeaderOffset,
  Operation,
  operationShapes,
  orMemoryFull,
  QueryHeaderOffset,
  TallystickError,
  Ticket,
} from '../model/index.ts';
import type { Search, Slice } from '../projector/index.ts';
import type { Executor } from './executor.ts';
import { type Account, FairShare } from './fair-share.ts';
import { type EngineMemory, TICKETS_MAX, Word } from './memory.ts';
import { REFUSAL_SIZE_MAX, writeRefusal } from './refusal.ts';
import { ReplyRing } from './reply-ring.ts';
import { type RowSearch, RowSearches } from './row-search.ts';

/** A slice: two tenths of a millisecond or less, and no longer where the disk is cold. */
export const QUERY_SLICE: Slice = { units: 16_000, milliseconds: 0.2 };
/** Bytes of an answer that are copied in the turn of the slice which found its last row; more have their own turn. */
const COPIED_BEHIND_SLICE = 2 ** 16;
/** Queries of one payer that are begun and not done: a long one does not hold up all others of its payer. */
const BEGUN_OF_PAYER_MAX = 4;
/** The same of all payers: what each has found so far, a mebibyte at most, is kept until it is done. */
const BEGUN_MAX = 64;
/** Slices that queries of accounts get before a batch, where the machine cannot keep more of what accounts were. */
const HURRIED_SLICES = 8;
const OVERTAKEN = 'more accounts have changed since this was asked than are kept as they were; ask again';

interface Query {
  readonly ticket: number;
  readonly share: number;
  /** Undefined when it finds nothing whatever there is. */
  readonly search: Search | RowSearch | undefined;
  begun: boolean;
  /** Everything was found, or why it was not. */
  found: boolean;
  error: TallystickError | undefined;
}

export class Queries {
  readonly #memory: EngineMemory;
  readonly #executor: Executor;
  readonly #rows: RowSearches;
  readonly #slice: Slice;
  readonly #tickets: Int32Array;
  readonly #answers: ReplyRing;
  readonly #open = new FairShare<Query>();
  /** Those for which the machine keeps what accounts were, oldest first. */
  readonly #asking: { readonly account: Account<Query>; readonly query: Query }[] = [];
  #begun = 0;
  #givenUpSeen = 0;
  #completed = 0;

  constructor(memory: EngineMemory, executor: Executor, slice: Slice = QUERY_SLICE) {
    const { layout, words } = memory;
    this.#memory = memory;
    this.#executor = executor;
    this.#rows = new RowSearches(executor);
    this.#slice = slice;
    this.#tickets = new Int32Array(memory.memory.buffer, layout.tickets, TICKETS_MAX);
    this.#answers = new ReplyRing(words, layout.answers, layout.sizes.repliesSize, Word.answersRead);
  }

  /** Queries that are not answered yet. */
  get open(): number {
    return this.#open.length;
  }

  /** Completions that were written since the start. */
  get completed(): number {
    return this.#completed;
  }

  /** Takes the query whose header lies at byte `header`. Nothing of the ring is needed any more when this returns. */
  ask(header: number): void {
    const { view } = this.#memory;
    const query: Query = {
      ticket: view.getUint32(header + QueryHeaderOffset.ticket, true),
      share: Math.max(view.getUint32(header + QueryHeaderOffset.share, true), 1),
      search: this.#search(header),
      begun: false,
      found: false,
      error: undefined,
    };
    const account = this.#open.add(view.getUint32(header + QueryHeaderOffset.payer, true), query);
    if (momentOf(query) !== undefined) this.#asking.push({ account, query });
  }

  #search(header: number): Search | RowSearch | undefined {
    const { view, bytes } = this.#memory;
    const operation = view.getUint16(header + HeaderOffset.operation, true);
    const body = header + CELL_SIZE;
    const clock = (): number => performance.now();
    switch (operation) {
      case Operation.query_accounts:
      case Operation.lookup_accounts:
      case Operation.lookup_transfers: {
        const size = view.getUint32(header + HeaderOffset.count, true) * operationShapes[operation].eventSize;
        return this.#rows.ask(operation, bytes.subarray(body, body + size), clock);
      }
      case Operation.lookup_pendings:
      case Operation.lookup_accounts_at: {
        const size = view.getUint32(header + HeaderOffset.count, true) * operationShapes[operation].eventSize;
        return this.#executor.history.ask(operation, bytes.subarray(body, body + size), 0, clock);
      }
      default:
        return this.#executor.history.ask(operation, bytes, body, clock);
    }
  }

  /**
   * Before a batch that may change so many accounts: where fewer can be kept as they were, the queries that they are
   * kept for are hurried for a few slices, the oldest first, and then refused. So a batch waits for a few slices at
   * most, and a query that many changes overtake is asked again.
   */
  makeRoom(accounts: number): void {
    if (this.#rows.room >= accounts) return;
    this.#drop();
    for (let hurried = 0; this.#rows.room < accounts; hurried++) {
      const { account, query } = this.#asking[0]!;
      if (hurried < HURRIED_SLICES && (query.begun || this.#begun < BEGUN_MAX)) this.#spend(account, query);
      else this.#found(query, new TallystickError('lane_full', OVERTAKEN));
    }
  }

  /**
   * Spends a slice on the query whose turn it is. False when nothing could be done: there is none, or no room for the
   * answers of any.
   */
  work(): boolean {
    this.#drop();
    const account = this.#open.next((one) => this.#turnOf(one) !== undefined);
    if (account === undefined) return false;
    const query = this.#turnOf(account)!;
    const spent = !query.found;
    if (spent) this.#spend(account, query);
    const copies = query.found && (!spent || this.#sizeOf(query) <= COPIED_BEHIND_SLICE);
    // Where there is no room for its answer, others have their turn.
    if (copies && this.#complete(query)) this.#remove(account, query);
    else toTheEnd(account.items, query);
    return true;
  }

  /** The query of a payer whose turn it is; undefined when none of the first few can go on. */
  #turnOf({ items }: Account<Query>): Query | undefined {
    for (let index = 0; index < items.length && index < BEGUN_OF_PAYER_MAX; index++) {
      const query = items[index]!;
      if (query.found ? this.#hasRoom(query) : query.begun || this.#begun < BEGUN_MAX) return query;
    }
    return undefined;
  }

  #spend(account: Account<Query>, query: Query): void {
    const { search } = query;
    if (!query.begun) {
      query.begun = true;
      this.#begun++;
    }
    if (search === undefined) {
      this.#found(query);
      return;
    }
    const before = search.work.units;
    try {
      if (this.#executor.history.advance(search, this.#slice)) this.#found(query);
    } catch (error) {
      // A query that needs damaged bytes gets an error, and nothing has changed.
      const named = orMemoryFull(error);
      if (!(named instanceof TallystickError)) throw error;
      this.#found(query, named);
    }
    account.spent += (search.work.units - before) / query.share;
  }

  /** Nothing more is to be looked at. */
  #found(query: Query, error?: TallystickError): void {
    query.found = true;
    query.error = error;
    this.#forget(query);
  }

  /** The images of accounts from when it was asked are not needed any more. */
  #forget(query: Query): void {
    const moment = momentOf(query);
    if (moment === undefined) return;
    const place = this.#asking.findIndex((one) => one.query === query);
    if (place < 0) return;
    this.#asking.splice(place, 1);
    this.#rows.forget(moment);
  }

  #remove(account: Account<Query>, query: Query): void {
    this.#open.remove(account, query);
    if (query.begun) this.#begun--;
  }

  /** Those that nobody waits for any more cost nothing from now on. */
  #drop(): void {
    const givenUp = Atomics.load(this.#memory.words, Word.givenUp);
    if (givenUp === this.#givenUpSeen) return;
    this.#givenUpSeen = givenUp;
    for (const query of this.#open.take(({ ticket }) => Atomics.load(this.#tickets, ticket) === Ticket.wanted)) {
      if (query.begun) this.#begun--;
      this.#forget(query);
      this.#publish(query, 0, 0, CompletionKind.dropped);
    }
  }

  #sizeOf({ search, error }: Query): number {
    return error !== undefined ? REFUSAL_SIZE_MAX : (search?.answer.size ?? 0);
  }

  #hasRoom(query: Query): boolean {
    return this.#answers.claim(this.#sizeOf(query)) >= 0;
  }

  /** Puts the answer where the egress reads it; false when there is no room. */
  #complete(query: Query): boolean {
    const { search, error } = query;
    const at = this.#answers.claim(this.#sizeOf(query));
    if (at < 0) return false;
    if (error !== undefined) {
      this.#publish(query, at, writeRefusal(this.#memory, at, error), CompletionKind.refusal);
      return true;
    }
    const size = search?.answer.size ?? 0;
    if (search !== undefined) this.#memory.bytes.set(search.answer.bytes.subarray(0, size), at);
    this.#publish(query, at, size, CompletionKind.answer);
    return true;
  }

  #publish({ ticket, search }: Query, at: number, size: number, kind: number): void {
    const { words, view, layout } = this.#memory;
    this.#answers.advance(size);
    const entry = layout.completions + (this.#completed & (TICKETS_MAX - 1)) * COMPLETION_SIZE;
    view.setUint32(entry + CompletionOffset.ticket, ticket, true);
    view.setUint32(entry + CompletionOffset.at, at, true);
    view.setUint32(entry + CompletionOffset.size, size, true);
    view.setInt32(entry + CompletionOffset.end, this.#answers.position, true);
    view.setUint32(entry + CompletionOffset.kind, kind, true);
    view.setFloat64(entry + CompletionOffset.units, search?.work.units ?? 0, true);
    this.#completed = (this.#completed + 1) | 0;
    Atomics.store(words, Word.completed, this.#completed);
  }
}

function momentOf({ search }: Query): Moment | undefined {
  return search !== undefined && 'moment' in search ? search.moment : undefined;
}

/** A payer's first few queries take turns. */
function toTheEnd(items: Query[], query: Query): void {
  items.splice(items.indexOf(query), 1);
  items.splice(BEGUN_OF_PAYER_MAX - 1, 0, query);
}
