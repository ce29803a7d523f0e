/**
 * Follows a ledger into a database. A step is read from the ledger, and put into the database with the position behind
 * it, in one transaction: whoever is killed, and whenever, each row is there once.
 */
import {
  type Account,
  CHANGE_EVENTS_MAX,
  type ChangeEvent,
  EVENTS_MAX,
  type Ledger,
  newestTimestamp,
  TallystickError,
} from 'tallystick/internal/model';
import type { Position, SqlDatabase } from './database.ts';
import { stepOf } from './rows.ts';

/** What a projection says of itself. */
export interface Progress {
  /** Changes that this process has projected. */
  changes: number;
  accounts: number;
  /** The timestamp of the newest change that is in the database; 0: none. */
  position: bigint;
  /** When the database last had all that the ledger had answered, by `performance.now()`; undefined: not yet. */
  caughtUpAt: number | undefined;
}

export interface ProjectionOptions {
  readonly ledger: Ledger;
  /** As 32 digits of hex; undefined where it is not known, and then it is not compared. */
  readonly ledgerId: string;
  readonly database: SqlDatabase;
}

export class Projection {
  readonly #ledger: Ledger;
  readonly #ledgerId: string;
  readonly #database: SqlDatabase;
  readonly progress: Progress = { changes: 0, accounts: 0, position: 0n, caughtUpAt: undefined };
  #position: Position | undefined;
  /** Whether the database has been asked since the last failure. */
  #isKnown = false;

  constructor({ ledger, ledgerId, database }: ProjectionOptions) {
    this.#ledger = ledger;
    this.#ledgerId = ledgerId;
    this.#database = database;
  }

  /**
   * One step; false if there was nothing to do, and the database has settled. Rejects as the ledger and the database
   * do, and with `ledger_changed` or `ledger_behind` if the database holds another past. After that the next step asks
   * the database for its position again.
   */
  async step(): Promise<boolean> {
    try {
      if (!this.#isKnown) await this.#find();
      return await this.#step();
    } catch (error) {
      this.#isKnown = false;
      throw error;
    }
  }

  async #find(): Promise<void> {
    const found = await this.#database.position();
    if (found !== undefined) await this.#compare(found);
    this.#position = found;
    this.progress.position = found?.changes ?? 0n;
    this.#isKnown = true;
  }

  /** The ledger must be the one, and must have the change that the position names. */
  async #compare({ ledgerId, changes, transferId, accounts }: Position): Promise<void> {
    if (ledgerId !== this.#ledgerId) {
      throw new TallystickError(
        'ledger_changed',
        `the tables are of the ledger ${ledgerId}, and this is ${this.#ledgerId}`,
      );
    }
    const newest = await newestTimestamp(this.#ledger);
    const [event] =
      changes === 0n
        ? []
        : await this.#ledger.getChangeEvents({ timestamp_min: changes, timestamp_max: changes, limit: 1 });
    if (newest >= accounts && (changes === 0n || event?.transfer_id === transferId)) return;
    const message = 'the tables hold changes that the ledger has not: drop the schema tallystick, and project again';
    throw new TallystickError('ledger_behind', message);
  }

  async #step(): Promise<boolean> {
    const from = this.#position;
    const asked = performance.now();
    const [accounts, events] = await Promise.all([
      this.#ledger.queryAccounts({ timestamp_min: (from?.accounts ?? 0n) + 1n, limit: EVENTS_MAX }),
      this.#ledger.getChangeEvents({ timestamp_min: (from?.changes ?? 0n) + 1n, limit: CHANGE_EVENTS_MAX }),
    ]);
    const whole = wholeTimestamps(events);
    const isAll = accounts.length < EVENTS_MAX && events.length < CHANGE_EVENTS_MAX;
    if (accounts.length > 0 || whole.length > 0 || from === undefined) {
      const to = this.#behind(accounts, whole);
      await this.#database.apply(stepOf(accounts, whole), from, to);
      this.#position = to;
      this.progress.position = to.changes;
      this.progress.changes += whole.length;
      this.progress.accounts += accounts.length;
    }
    if (!isAll) return true;
    await this.#database.settle();
    this.progress.caughtUpAt = asked;
    return false;
  }

  #behind(accounts: readonly Account[], events: readonly ChangeEvent[]): Position {
    const event = events.at(-1);
    return {
      ledgerId: this.#ledgerId,
      accounts: accounts.at(-1)?.timestamp ?? this.#position?.accounts ?? 0n,
      changes: event?.timestamp ?? this.#position?.changes ?? 0n,
      transferId: event?.transfer_id ?? this.#position?.transferId ?? 0n,
    };
  }
}

/**
 * A full page without its last timestamp: an imported transfer may share it with an expiry, and the position is a
 * timestamp.
 */
function wholeTimestamps(events: readonly ChangeEvent[]): readonly ChangeEvent[] {
  const last = events.at(-1)?.timestamp;
  if (events.length < CHANGE_EVENTS_MAX) return events;
  return events.filter(({ timestamp }) => timestamp !== last);
}
