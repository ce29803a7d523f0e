/**
 * A port over a door that speaks plain values: bytes become values that are sent, values that come back become bytes.
 * Ids are written in every form in turn.
 */
import { Cells, formatUuid, operationShapes, type Port, type Request } from '../../src/model/index.ts';
import { operationsByName, type PlainRecord, packRecord, readField } from '../../src/wire/index.ts';

/** Asks for an operation by its name. Rejects with `TallystickError`. */
export type PlainCall = (operation: string, events: readonly unknown[]) => Promise<readonly unknown[]>;

const names = new Map([...operationsByName.values()].map((operation) => [operation.number, operation]));
const idForms = [String, (id: bigint) => `0x${id.toString(16)}`, formatUuid] as const;

export class PlainPort implements Port {
  readonly eventsMax = 8189;
  readonly #call: PlainCall;
  readonly #end: () => Promise<void>;
  #next = 0;

  constructor(call: PlainCall, end: () => Promise<void>) {
    this.#call = call;
    this.#end = end;
  }

  async request<T>({ operation, count, write, read }: Request<T>): Promise<T> {
    const known = names.get(operation)!;
    const { eventSize } = operationShapes[operation];
    const cells = Cells.of(Math.ceil((count * eventSize) / 8) * 8);
    write(cells, 0);
    const events = Array.from({ length: count }, (_, index) =>
      known.event === undefined
        ? this.#id(cells.view, index * eventSize)
        : this.#plain(known.event, cells, index * eventSize, known.single),
    );
    if (known.single && !isSaid(known.event!, events[0], cells.bytes)) return read(Cells.of(0), 0, 0);
    const results = await this.#call(known.name, events);
    const reply = Cells.of(results.length * known.reply.size);
    for (const [index, result] of results.entries()) {
      packRecord(known.reply, result, reply, index * known.reply.size, () => `results[${index}]`);
    }
    return read(reply, 0, reply.bytes.length);
  }

  #id(view: DataView, at: number): string {
    const id = view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
    return idForms[this.#next++ % idForms.length]!(id);
  }

  /** Of events, only fields that are not zero, and the amount: a filter's zero is none of its defaults. */
  #plain(record: PlainRecord, cells: Cells, at: number, whole: boolean): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const field of record.fields) {
      const value = readField(field, cells, at);
      const needed = whole || field === record.unless?.field || (record.required & (1 << field.index)) !== 0;
      if (!needed && (value === 0 || value === 0n)) continue;
      if (field.type === 'u128') plain[field.name] = this.#id(cells.view, at + field.at);
      else plain[field.name] = typeof value === 'bigint' ? String(value) : value;
    }
    return plain;
  }

  close(): Promise<void> {
    return this.#end();
  }
}

/**
 * Whether these values are all that the bytes hold: there are no words for reserved ones, with which a filter finds
 * nothing.
 */
function isSaid(record: PlainRecord, plain: unknown, bytes: Uint8Array): boolean {
  const again = Cells.of(record.size);
  packRecord(record, plain, again, 0, () => 'filter');
  return Buffer.compare(again.bytes, bytes.subarray(0, record.size)) === 0;
}
