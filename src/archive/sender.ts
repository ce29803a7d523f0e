/** Sends the records of an archive. */
import { EVENTS_MAX, TallystickError, TransferFlags } from '../model/index.ts';

export interface Refused {
  readonly line: number;
  readonly what: 'account' | 'transfer';
  readonly id: bigint;
  readonly status: string;
}

/** An event that is sent. */
export type Stored<T> = T & { readonly id: bigint; readonly timestamp: bigint; readonly flags: number };

/** Sends events of one kind in requests that break no chain, and passes over those that the ledger has. */
export class Sender<T> {
  skipped = 0;
  refused: Refused | undefined;
  readonly #what: 'account' | 'transfer';
  readonly #name: string;
  readonly #create: (events: readonly T[]) => Promise<string[]>;
  /** The ledger's newest one: all up to it is there. Undefined when there is none, or it was passed. */
  #newest: { readonly id: bigint; readonly timestamp: bigint } | undefined;
  #events: Stored<T>[] = [];
  #lines: number[] = [];
  /** Events before the chain that is not yet whole. */
  #whole = 0;

  constructor(
    what: 'account' | 'transfer',
    name: string,
    newest: { readonly id: bigint; readonly timestamp: bigint } | undefined,
    create: (events: readonly T[]) => Promise<string[]>,
  ) {
    this.#what = what;
    this.#name = name;
    this.#newest = newest;
    this.#create = create;
  }

  async add(event: Stored<T>, line: number): Promise<void> {
    if (this.#newest !== undefined) {
      this.#pass(event);
      return;
    }
    this.#events.push(event);
    this.#lines.push(line);
    // `linked` is the same bit for both.
    if ((event.flags & TransferFlags.linked) === 0) this.#whole = this.#events.length;
    if (this.#events.length >= EVENTS_MAX) await this.#send(this.#whole === 0 ? this.#events.length : this.#whole);
  }

  /** Sends the rest; the last event was added. */
  async flush(): Promise<void> {
    if (this.#newest !== undefined) throw this.#conflict(this.#newest);
    while (this.#events.length > 0 && this.refused === undefined) await this.#send(this.#events.length);
  }

  #pass({ id, timestamp }: Stored<T>): void {
    const newest = this.#newest!;
    if (timestamp < newest.timestamp) this.skipped++;
    else if (timestamp === newest.timestamp && id === newest.id) {
      this.skipped++;
      this.#newest = undefined;
    } else throw this.#conflict(newest);
  }

  #conflict({ id, timestamp }: { readonly id: bigint; readonly timestamp: bigint }): TallystickError {
    return new TallystickError(
      'book_conflict',
      `The ledger has ${this.#what} ${id} of timestamp ${timestamp}, which ${this.#name} does not have there: ` +
        'it holds something else than the beginning of this archive.',
    );
  }

  async #send(count: number): Promise<void> {
    const statuses = await this.#create(this.#events.slice(0, count));
    // In a chain the first refusal is that of another event: the one that was itself refused says why.
    const failed = (status: string): boolean => status !== 'created' && status !== 'exists';
    const first = statuses.findIndex(failed);
    if (first >= 0) {
      const why = statuses.findIndex(
        (status, index) => index >= first && failed(status) && status !== 'linked_event_failed',
      );
      const index = why < 0 ? first : why;
      this.refused = {
        line: this.#lines[index]!,
        what: this.#what,
        id: this.#events[index]!.id,
        status: statuses[index]!,
      };
    }
    this.#events = this.#events.slice(count);
    this.#lines = this.#lines.slice(count);
    this.#whole -= Math.min(this.#whole, count);
  }
}
