/**
 * The window of replies: what was answered to requests with a session, for when their clients ask again. A pure
 * function of the journal's batches and what they were answered, so that whoever executes them has the same window: the
 * callers' thread, which asks it, the machine's, which puts it into snapshots, and every recovery.
 *
 * Results that follow one another are kept as one run, so that a batch which was created as a whole takes 48 bytes.
 */
import { readNumber } from '../journal/index.ts';
import {
  BATCH_PART_SIZE,
  BatchPartOffset,
  CELL_SIZE,
  Cells,
  eventSize,
  HeaderOffset,
  KEPT_REPLY_SIZE,
  KEPT_RUN_SIZE,
  KEPT_SESSION_SIZE,
  type Once,
} from '../model/index.ts';
import type { KeptReply, KeptSession } from './kept-reply.ts';
import { readWindow, windowBytes } from './reply-window-bytes.ts';

/** What the window knows of a request. */
export type Finding =
  | { readonly kind: 'reply'; readonly reply: KeptReply }
  /** It was not done. */
  | { readonly kind: 'absent' }
  /** Its reply may have been let go. */
  | { readonly kind: 'expired' }
  /** Another request has its number. */
  | { readonly kind: 'other' };

export interface WindowLimits {
  readonly sessionsMax: number;
  /** Of one session. */
  readonly repliesMax: number;
  /** As they lie in a snapshot. */
  readonly bytesMax: number;
}

/** Twice the requests that the native door lets a client have unanswered; a copy of 8 MiB takes the machine 2 ms. */
export const WINDOW_LIMITS: WindowLimits = { sessionsMax: 16_384, repliesMax: 8192, bytesMax: 8 * 2 ** 20 };

const RESULT_SIZE = 16;
const RUN_NUMBERS = 4;

export class ReplyWindow {
  readonly #limits: WindowLimits;
  /** The one that was longest not heard of comes first. */
  readonly #sessions = new Map<string, KeptSession>();
  /** The session that was heard of last. */
  #last: KeptSession | undefined;
  /** The last op of which a reply was let go, of whatever session. */
  #lost: number;
  #bytes = 0;

  /** `lost`: replies up to that op were never here. */
  constructor(lost = 0, limits: WindowLimits = WINDOW_LIMITS) {
    this.#lost = lost;
    this.#limits = limits;
  }

  /** The window that `bytes` are of; undefined if they are of none. */
  static of(bytes: Uint8Array, limits?: WindowLimits): ReplyWindow | undefined {
    const content = readWindow(bytes);
    if (content === undefined) return undefined;
    const window = new ReplyWindow(content.lost, limits);
    for (const kept of content.sessions) {
      window.#sessions.set(kept.session, kept);
      window.#bytes += KEPT_SESSION_SIZE;
      for (const reply of kept.replies) window.#bytes += sizeOf(reply);
      window.#last = kept;
    }
    return window;
  }

  /** All of it, for a snapshot or another thread. */
  toBytes(): Uint8Array {
    return windowBytes(this.#lost, this.#sessions.values(), this.#sessions.size, this.#bytes);
  }

  /** Sessions that are known. */
  get sessions(): number {
    return this.#sessions.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps what the requests of the batch were answered whose header lies at byte `header`; the reply lies at `at`. */
  record(cells: Cells, header: number, at: number): void {
    const { view } = cells;
    const parts = view.getUint32(header + HeaderOffset.parts, true);
    const count = view.getUint32(header + HeaderOffset.count, true);
    const op = readNumber(view, header + HeaderOffset.op);
    if (parts === 0) {
      this.#keep(cells, header + HeaderOffset.session, header + HeaderOffset.checksumEvents, { op, count, at });
      return;
    }
    const events = count * eventSize(view.getUint16(header + HeaderOffset.operation, true));
    let part = header + CELL_SIZE + Math.ceil(events / CELL_SIZE) * CELL_SIZE;
    for (let k = 0; k < parts; k++, part += BATCH_PART_SIZE) {
      const first = view.getUint16(part + BatchPartOffset.first, true);
      const own = view.getUint16(part + BatchPartOffset.count, true);
      const place = { op, count: own, at: at + first * RESULT_SIZE };
      this.#keep(cells, part, part + BatchPartOffset.checksumEvents, place);
    }
  }

  /**
   * `session`: where it stands, its request's number behind it; `checksum`: where that stands, `answered` behind it.
   */
  #keep(cells: Cells, session: number, checksum: number, { op, count, at }: Place): void {
    const { view } = cells;
    const kept = this.#sessionAt(cells, session);
    if (kept === undefined) return;
    const answered = view.getUint32(checksum + 4, true);
    // Serial numbers: they may begin again at 0.
    while (kept.head < kept.replies.length && ((kept.replies[kept.head]!.request - answered) | 0) < 0) {
      this.#forget(kept, false);
    }
    const reply: KeptReply = {
      op,
      request: view.getUint32(session + 16, true),
      count,
      checksum: view.getUint32(checksum, true),
      runs: runsOf(cells, at, count),
    };
    kept.replies.push(reply);
    this.#bytes += sizeOf(reply);
    this.#shrink(kept);
  }

  /** The session whose 16 bytes lie there, as the one that was heard of last; undefined: none. */
  #sessionAt({ bytes, u32 }: Cells, at: number): KeptSession | undefined {
    const word = at / 4;
    if ((u32[word]! | u32[word + 1]! | u32[word + 2]! | u32[word + 3]!) === 0) return undefined;
    if (this.#last !== undefined && isSame(this.#last.session, bytes, at)) return this.#last;
    const session = sessionText(bytes, at);
    let kept = this.#sessions.get(session);
    if (kept === undefined) {
      // Replies of its own may be among those that were let go.
      kept = { session, lost: this.#lost, replies: [], head: 0 };
      this.#bytes += KEPT_SESSION_SIZE;
    } else this.#sessions.delete(session);
    this.#sessions.set(session, kept);
    this.#last = kept;
    return kept;
  }

  /** Lets go of what is too much: first of this session, then of those that were longest not heard of. */
  #shrink(kept: KeptSession): void {
    const { sessionsMax, repliesMax, bytesMax } = this.#limits;
    if (kept.replies.length - kept.head > repliesMax) this.#forget(kept, true);
    while (this.#sessions.size > sessionsMax || this.#bytes > bytesMax) {
      const [oldest] = this.#sessions.values();
      if (oldest!.head < oldest!.replies.length) this.#forget(oldest!, true);
      if (oldest!.head < oldest!.replies.length) continue;
      this.#lost = Math.max(this.#lost, oldest!.lost);
      this.#sessions.delete(oldest!.session);
      this.#bytes -= KEPT_SESSION_SIZE;
      if (oldest === this.#last) this.#last = undefined;
    }
  }

  /** Lets go of the session's oldest reply. `needed`: its client may still ask for it. */
  #forget(kept: KeptSession, needed: boolean): void {
    const reply = kept.replies[kept.head]!;
    kept.head++;
    this.#bytes -= sizeOf(reply);
    if (needed) kept.lost = Math.max(kept.lost, reply.op);
    if (kept.head * 2 < kept.replies.length) return;
    kept.replies = kept.replies.slice(kept.head);
    kept.head = 0;
  }

  /** What became of a request that may have been sent before. */
  find({ session, request, checksum, again }: Once, count: number): Finding {
    const since = again === false ? undefined : again.since;
    const kept = this.#sessions.get(session);
    if (kept !== undefined) {
      for (let index = kept.replies.length - 1; index >= kept.head; index--) {
        const reply = kept.replies[index]!;
        // What was there before it was sent first is of another request, 2^32 before it.
        if (since !== undefined && reply.op <= since) break;
        if (reply.request !== request) continue;
        return reply.checksum === checksum && reply.count === count ? { kind: 'reply', reply } : { kind: 'other' };
      }
    }
    const lost = kept?.lost ?? this.#lost;
    return since !== undefined && since < lost ? { kind: 'expired' } : { kind: 'absent' };
  }
}

/** Where the results of a request lie, how many they are, and of which batch. */
interface Place {
  readonly op: number;
  readonly count: number;
  readonly at: number;
}

/** The results as they were answered. */
export function resultsOf({ count, runs }: KeptReply): Cells {
  const cells = Cells.of(count * RESULT_SIZE);
  const { u32 } = cells;
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN_NUMBERS) {
    let low = runs[run]!;
    const high = runs[run + 1]!;
    for (let left = runs[run + 3]!; left > 0; left--, at += 4) {
      u32[at] = low++;
      u32[at + 1] = high;
      u32[at + 2] = runs[run + 2]!;
    }
  }
  return cells;
}

function runsOf({ u32 }: Cells, at: number, count: number): number[] {
  const runs: number[] = [];
  const end = at / 4 + count * 4;
  for (let word = at / 4; word < end; ) {
    const low = u32[word]!;
    const high = u32[word + 1]!;
    const status = u32[word + 2]!;
    let next = word + 4;
    // The lower word does not begin again within a run.
    for (let expected = low + 1; next < end && u32[next] === expected; next += 4, expected++) {
      if (u32[next + 1] !== high || u32[next + 2] !== status) break;
    }
    runs.push(low, high, status, (next - word) / 4);
    word = next;
  }
  return runs;
}

function sizeOf({ runs }: KeptReply): number {
  return KEPT_REPLY_SIZE + (runs.length / RUN_NUMBERS) * KEPT_RUN_SIZE;
}

function isSame(session: string, bytes: Uint8Array, at: number): boolean {
  for (let k = 0; k < 16; k++) if (session.charCodeAt(k) !== bytes[at + k]) return false;
  return true;
}

/** The 16 bytes from byte `at` on as text, a character each. */
function sessionText(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 16));
}
