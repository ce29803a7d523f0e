/** Prints the builders: events written straight into wire cells, without an object for each. */
import { type FieldSchema, type RecordSchema, records } from '../../src/model/schema.ts';
import { constant, header, inputOf, laidOut } from './shared.ts';

const camel = (field: FieldSchema): string =>
  field.name
    .split('_')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');

const typeOf = (field: FieldSchema): string => {
  if (field.uuid) return 'Id';
  return field.type === 'u128' || field.type === 'u64' ? 'bigint' : 'number';
};

const builder = (record: RecordSchema): string => {
  const name = `${record.name}Batch`;
  const size = `${constant(record.name)}_SIZE`;
  const setters = laidOut(record).map(({ field, offset }) => {
    const kind = field.uuid ? 'Id' : field.type.toUpperCase();
    return `  /** ${field.about} */
  set${camel(field)}(index: number, value: ${typeOf(field)}): void {
    put${kind}(this.#cells, this.#at(index)${offset === 0 ? '' : ` + ${offset}`}, value, '${field.name}');
  }`;
  });
  return `/**
 * ${record.name}s to be created, as the cells that the ledger reads: filled once, copied once, used again after
 * \`clear()\`. A request copies them before it returns its promise, so the batch is free at once.
 */
export class ${name} {
  /** How many fit. */
  readonly capacity: number;
  #count = 0;
  readonly #cells: Cells;

  /** \`capacity\` is at most 8,189. */
  constructor(capacity: number = EVENTS_MAX) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > EVENTS_MAX) {
      throw invalid(\`capacity must lie between 1 and \${EVENTS_MAX}\`);
    }
    this.capacity = capacity;
    this.#cells = Cells.of(capacity * ${size});
  }

  get count(): number {
    return this.#count;
  }

  /** The cells filled so far; a view, good until the batch changes. */
  get bytes(): Uint8Array {
    return this.#cells.bytes.subarray(0, this.#count * ${size});
  }

  /**
   * Appends one, all zero if no event is given, and returns its index; throws, and appends nothing, if it cannot be
   * written.
   */
  add(event?: ${inputOf(record)}): number {
    if (this.#count === this.capacity) throw new TallystickError('too_much_data', \`The batch is full: it holds \${this.capacity}.\`);
    const at = this.#count * ${size};
    if (event === undefined) this.#cells.bytes.fill(0, at, at + ${size});
    else encode${record.name}(this.#cells, at, event);
    return this.#count++;
  }

  /** Appends all that \`cells\` holds, as they lie in \`bytes\`; throws, and appends nothing, if they do not fit. */
  append(cells: Uint8Array): void {
    const count = cells.length / ${size};
    if (!Number.isInteger(count)) throw invalid(\`each takes \${${size}} bytes\`);
    if (count > this.capacity - this.#count) {
      throw new TallystickError('too_much_data', \`The batch holds \${this.capacity}.\`);
    }
    this.#cells.bytes.set(cells, this.#count * ${size});
    this.#count += count;
  }

  /** Reads one back. */
  get(index: number): ${record.name} {
    return decode${record.name}(this.#cells, this.#at(index));
  }

  clear(): void {
    this.#count = 0;
  }

${setters.join('\n\n')}

  #at(index: number): number {
    if (!(index >>> 0 === index && index < this.#count)) throw invalid(\`there is no event \${index} of \${this.#count}\`);
    return index * ${size};
  }
}
`;
};

export function printBatches(): string {
  return `${header}import { Cells } from '../cells.ts';
import { TallystickError } from '../errors.ts';
import { invalid, putId, putU16, putU32, putU64, putU128 } from '../scalars.ts';
import { decodeAccount, decodeTransfer, encodeAccount, encodeTransfer } from './codec.ts';
import { ACCOUNT_SIZE, EVENTS_MAX, TRANSFER_SIZE } from './layout.ts';
import type { Account, AccountInput, AnyTransferInput, Id, Transfer } from './types.ts';

${records
  .filter((record) => record.way === 'both')
  .map(builder)
  .join('\n')}`;
}
