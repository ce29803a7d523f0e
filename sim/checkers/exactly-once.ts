import { CREATED, op } from '../../testing/model/names.ts';
import { decode, decodeIds, resultLayout } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';

const EVENT_SIZE = 128;

/**
 * However often something is sent, by whomever, it is created once, and then it is there. Knows no model: believes what
 * clients heard.
 */
export class ExactlyOnce {
  /** By kind and id: when it was created, as was heard. */
  readonly #created = new Map<string, bigint>();

  get size(): number {
    return this.#created.size;
  }

  heard(operation: number, events: Uint8Array, reply: Uint8Array): void {
    if (operation !== op.create_accounts && operation !== op.create_transfers) return;
    for (const [index, { status, timestamp }] of decode(resultLayout, reply).entries()) {
      if (Number(status) !== CREATED) continue;
      const [id] = decodeIds(events.subarray(index * EVENT_SIZE, index * EVENT_SIZE + 16));
      const key = keyOf(operation, id!);
      const before = this.#created.get(key);
      if (before !== undefined && before !== timestamp) {
        throw new Broken('exactly-once', `${key} was created at ${before}, and again at ${timestamp}`);
      }
      this.#created.set(key, timestamp);
    }
  }

  /** `found`: everything that the ledger has of one kind, with its timestamps. */
  check(operation: number, found: readonly { readonly id: bigint; readonly timestamp: bigint }[]): void {
    const there = new Map<string, bigint>();
    for (const { id, timestamp } of found) {
      const key = keyOf(operation, id);
      if (there.has(key)) throw new Broken('exactly-once', `${key} is there twice`);
      there.set(key, timestamp);
    }
    for (const [key, timestamp] of this.#created) {
      if (!key.startsWith(keyOf(operation, undefined))) continue;
      if (there.get(key) === timestamp) continue;
      throw new Broken('exactly-once', `${key} was created at ${timestamp}; found: ${there.get(key) ?? 'nothing'}`);
    }
  }
}

function keyOf(operation: number, id: bigint | undefined): string {
  return `${operation === op.create_accounts ? 'account' : 'transfer'} ${id ?? ''}`;
}
