/**
 * Which payments wait for approval. The ledger says so; what was read of it before is remembered, so that a look at the
 * queue reads what is new and not every review that ever was. A process that starts reads once from the beginning.
 */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { REVIEWS } from '../base/codes.ts';

/** Shards have clocks of their own: so much is read again, and means the same the second time. */
const OVERLAP = 60_000_000_000n;

interface Seen {
  /** The newest timestamp that was read. */
  until: bigint;
  /** Pending and not ended, by id; some may have expired. */
  readonly open: Map<bigint, Transfer>;
}

export class Waiting {
  readonly #seen = new Map<string, Seen>();

  /** Pending transfers that were neither posted nor voided, the oldest first. They may have expired. */
  async open(ledger: Ledger, book: number): Promise<Transfer[]> {
    const found: Transfer[] = [];
    for (const code of REVIEWS) found.push(...(await this.#read(ledger, book, code)));
    return found.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  }

  async #read(ledger: Ledger, book: number, code: number): Promise<Iterable<Transfer>> {
    const key = `${book}/${code}`;
    const seen = this.#seen.get(key) ?? { until: 0n, open: new Map() };
    this.#seen.set(key, seen);
    const since = seen.until > OVERLAP ? seen.until - OVERLAP : 0n;
    for await (const page of queriedTransfersOf(ledger, { ledger: book, code, timestamp_min: since })) {
      for (const transfer of page) {
        if ((transfer.flags & TransferFlags.pending) !== 0) seen.open.set(transfer.id, transfer);
        else seen.open.delete(transfer.pending_id);
        if (transfer.timestamp > seen.until) seen.until = transfer.timestamp;
      }
    }
    return seen.open.values();
  }

  /** It has expired: nobody has to look at it again. */
  forget({ ledger, code, id }: Transfer): void {
    this.#seen.get(`${ledger}/${code}`)?.open.delete(id);
  }
}
