/**
 * A generation writer in plain TypeScript, after docs/internals/formats.md, and a plain list of everything it wrote to
 * compare with. It moves no money: kinds, balances and amounts are drawn by chance, as wild as the format allows.
 */

import { type SharedMemory, sharedMemory } from '../../src/base/index.ts';
import type { GenerationBuffer } from '../../src/machine/index.ts';
import {
  AccountFlags,
  AccountOffset,
  COLUMNS_COUNT,
  CONTROL_SIZE,
  ControlOffset,
  EntryKind,
  GenerationState,
  SPAN_SIZE,
  TransferFlags,
  TransferOffset,
} from '../../src/model/index.ts';
import { MemoryStorage, type Storage } from '../../src/platform/index.ts';
import {
  type CellReader,
  finish,
  History,
  type HistoryLayout,
  QUERY_SIZE,
  Run,
  RunBuilder,
  runName,
  scratchSize,
} from '../../src/projector/index.ts';
import type { Random } from './random.ts';

const U64 = 2n ** 64n;
const CELL = 128;
const NO_CELL = U64 - 1n;

export interface ModelEntry {
  readonly entry: number;
  readonly kind: number;
  readonly id: bigint;
  /** Stored transfer; expired: that of the pending transfer; failed: the request's event. */
  readonly row: Uint8Array;
  readonly timestamp: bigint;
  /** Of posted, voided, expired; otherwise -1. */
  readonly pendingEntry: number;
  readonly balances: readonly bigint[];
  readonly debitClosed: boolean;
  readonly creditClosed: boolean;
}

export interface WorldOptions {
  readonly log2Entries: number;
  readonly generations: number;
  readonly rowsCount: number;
  readonly accounts: number;
  /** Batches that bring their own timestamps. */
  readonly imports: boolean;
}

/** hash32 of formats.md, written a second time. */
export function modelHash32(lo: bigint, hi: bigint): number {
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  let x = u64(lo * 0x9e3779b97f4a7c15n);
  x ^= x >> 32n;
  x = u64(x + hi * 0xc2b2ae3d27d4eb4fn);
  x ^= x >> 29n;
  x = u64(x * 0xbf58476d1ce4e5b9n);
  const hash = Number(x >> 32n);
  return hash === 0 ? 1 : hash;
}

/** Two numbers of one hash32, so that whoever trusts a hash is found out. */
export const twins: readonly [bigint, bigint] = findTwins();

function findTwins(): [bigint, bigint] {
  const seen = new Map<number, bigint>();
  for (let value = 1n; ; value++) {
    const hash = modelHash32(value, 77n);
    const other = seen.get(hash);
    if (other !== undefined) return [other | (77n << 64n), value | (77n << 64n)];
    seen.set(hash, value);
  }
}

export class HistoryWorld {
  readonly memory: SharedMemory;
  readonly layout: HistoryLayout;
  readonly storage: Storage;
  readonly builder: RunBuilder;
  readonly model: ModelEntry[] = [];
  readonly accounts: { id: bigint; address: number; row: Uint8Array }[] = [];
  readonly ledgerId: bigint = 0x1234n;
  history: History;
  cellReads = 0;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #journal: Uint8Array[] = [];
  #now = 1_000n;
  #lastTransfer = 0n;
  #generation = 0;
  #nextId = 1n;
  readonly #open: number[] = [];

  constructor(random: Random, options: WorldOptions, storage: Storage = new MemoryStorage()) {
    this.storage = storage;
    this.#random = random;
    this.#options = options;
    const place = new Placer();
    const entries = 2 ** options.log2Entries;
    const generations: GenerationBuffer[] = [];
    for (let index = 0; index < options.generations; index++) {
      generations.push({
        control: place.take(CONTROL_SIZE),
        columns: Array.from({ length: COLUMNS_COUNT }, () => place.take(entries * 4)),
        blocks: place.take((entries / 64 + 1) * 4),
        events: place.take(entries * 160),
        eventsSizeMax: entries * 160,
        spans: place.take(entries * SPAN_SIZE),
        spansMax: entries,
      });
    }
    this.layout = {
      log2Entries: options.log2Entries,
      generations,
      rows: place.take(options.rowsCount * CELL),
      rowsCount: options.rowsCount,
      rowsTrusted: options.rowsCount / 2,
      rowsFirst: 0,
      query: place.take(QUERY_SIZE),
      scratch: place.take(scratchSize(options.log2Entries)),
    };
    const accounts = place.take(options.accounts * CELL);
    this.memory = sharedMemory(Math.ceil(place.end / 65_536));
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
    for (let index = 0; index < options.accounts; index++) this.#addAccount(accounts + index * CELL);
    this.storage.makeFolder('runs');
    this.builder = this.builderOn(this.storage);
    this.history = this.#newHistory();
    this.#startGeneration(0, 0);
  }

  /** Opens the runs again, as a restart would, around the same generations. */
  reopen(storage: Storage = this.storage): void {
    this.history = this.#newHistory();
    for (const run of runsIn(storage, this.ledgerId)) this.history.addRun(run);
  }

  /** A builder of the same generations that writes elsewhere. */
  builderOn(storage: Storage): RunBuilder {
    return new RunBuilder(storage, 'runs', this.memory, this.layout, this.ledgerId);
  }

  /** One batch of anything. */
  addBatch(): void {
    const random = this.#random;
    this.#now += BigInt(1 + random.below(1000));
    if (this.#open.length > 0 && random.below(8) === 0) {
      this.#addExpiries();
      return;
    }
    const imported = this.#options.imports && random.below(4) === 0;
    const count = 1 + random.below(20);
    this.#makeRoom(count);
    this.#journal.push(new Uint8Array(CELL).fill(0xee)); // the header
    const cell = this.#journal.length;
    const first = this.#now;
    this.#now += BigInt(count);
    for (let index = 0; index < count; index++) {
      this.#journal.push(new Uint8Array(CELL));
      let timestamp = first + BigInt(index);
      const chance = random.below(10);
      if (chance === 0) continue; // failed and forgotten
      if (imported) {
        if (this.#lastTransfer + 2n >= first) continue;
        timestamp = this.#lastTransfer + 1n + BigInt(random.below(2));
      }
      if (chance === 1) this.#addFailed(cell + index, first + BigInt(index));
      else this.#addTransfer(cell + index, timestamp, imported);
    }
  }

  /**
   * Does `act`, then undoes it as the machine undoes a chain: what was written stays behind the counts. The generation
   * must have room.
   */
  undone(act: () => void): void {
    const { control } = this.layout.generations[this.#generation]!;
    const kept = this.#bytes.slice(control, control + CONTROL_SIZE);
    const [count, last, open] = [this.model.length, this.#lastTransfer, [...this.#open]];
    act();
    this.#bytes.set(kept, control);
    this.model.length = count;
    this.#lastTransfer = last;
    this.#open.splice(0, this.#open.length, ...open);
  }

  /** Marks the filling generation as sealed; returns its index. */
  markSealed(): number {
    const { control } = this.layout.generations[this.#generation]!;
    this.#view.setUint32(control + ControlOffset.state, GenerationState.sealed, true);
    return this.#generation;
  }

  /** Seals the filling generation and takes the next, making it a run first if it is still sealed. */
  seal(): void {
    const { control } = this.layout.generations[this.#generation]!;
    if (this.#view.getUint32(control + ControlOffset.count, true) === 0) return;
    const sealed = this.markSealed();
    this.#generation = (sealed + 1) % this.layout.generations.length;
    const next = this.layout.generations[this.#generation]!;
    if (this.#view.getUint32(next.control + ControlOffset.state, true) === GenerationState.sealed)
      this.#build(this.#generation);
    this.#startGeneration(this.#generation, this.model.length);
  }

  #build(index: number): void {
    const path = finish(this.builder.build(index, this.history.runs.length));
    this.history.addRun(Run.open(this.storage, path, this.ledgerId));
    this.#view.setUint32(this.layout.generations[index]!.control + ControlOffset.state, GenerationState.free, true);
  }

  #newHistory(): History {
    const cells: CellReader = {
      segmentCells: 64,
      read: (cell, count, target, at) => {
        this.cellReads++;
        if (Math.floor(cell / 64) !== Math.floor((cell + count - 1) / 64)) throw new Error('a read across two files');
        for (let index = 0; index < count; index++) target.set(this.#journal[cell + index]!, at + index * CELL);
      },
    };
    const row = (lo: bigint, hi: bigint): number =>
      this.accounts.find(({ id }) => id === (lo | (hi << 64n)))?.address ?? 0;
    return new History(this.memory, this.layout, cells, { row });
  }

  #addAccount(address: number): void {
    const random = this.#random;
    const row = this.#bytes.subarray(address, address + CELL);
    const view = new DataView(row.buffer, address, CELL);
    const nth = this.accounts.length;
    const id =
      twins[nth] ?? (random.below(2) === 0 ? BigInt(nth + 1) : ((this.#wide() << 8n) % 2n ** 127n) + BigInt(nth + 1));
    putU128(view, AccountOffset.id, id);
    putU128(view, AccountOffset.user_data_128, this.#wide());
    view.setBigUint64(AccountOffset.user_data_64, BigInt(random.below(1000)), true);
    view.setUint32(AccountOffset.user_data_32, random.below(1000), true);
    view.setUint32(AccountOffset.ledger, 1, true);
    view.setUint16(AccountOffset.code, 1 + random.below(3), true);
    view.setUint16(
      AccountOffset.flags,
      (random.below(2) === 0 ? AccountFlags.history : 0) | (random.below(4) === 0 ? AccountFlags.closed : 0),
      true,
    );
    view.setBigUint64(AccountOffset.timestamp, BigInt(this.accounts.length + 1), true);
    this.accounts.push({ id, address, row });
  }

  #startGeneration(index: number, firstEntry: number): void {
    const { control } = this.layout.generations[index]!;
    this.#bytes.fill(0, control, control + CONTROL_SIZE);
    this.#view.setFloat64(control + ControlOffset.firstEntry, firstEntry, true);
    this.#view.setUint32(control + ControlOffset.state, GenerationState.filling, true);
    putU128(this.#view, control + ControlOffset.idMin, U64 * U64 - 1n);
  }

  #makeRoom(count: number): void {
    const { control } = this.layout.generations[this.#generation]!;
    if (this.#view.getUint32(control + ControlOffset.count, true) + count > 2 ** this.layout.log2Entries) this.seal();
  }

  #addFailed(cell: number, timestamp: bigint): void {
    const row = this.#event();
    this.#journal[cell]!.set(row);
    const id = getU128(row, 0);
    this.#append(
      {
        kind: EntryKind.failed,
        id,
        row,
        timestamp,
        pendingEntry: -1,
        balances: [],
        debitClosed: false,
        creditClosed: false,
      },
      BigInt(cell),
      undefined,
    );
  }

  #addTransfer(cell: number, timestamp: bigint, imported: boolean): void {
    const random = this.#random;
    const event = this.#event();
    const view = new DataView(event.buffer);
    let flags = imported ? TransferFlags.imported : 0;
    let kind: number = EntryKind.singlePhase;
    let pendingEntry = -1;
    let amount: bigint | undefined;
    const chance = random.below(10);
    if (chance < 3) {
      kind = EntryKind.pending;
      flags |= TransferFlags.pending;
    } else if (chance < 6 && this.#open.length > 0) {
      kind = random.below(2) === 0 ? EntryKind.posted : EntryKind.voided;
      flags |= kind === EntryKind.posted ? TransferFlags.post_pending_transfer : TransferFlags.void_pending_transfer;
      pendingEntry = this.#open.splice(random.below(this.#open.length), 1)[0]!;
      amount = this.#wide();
      for (const [offset, size] of [
        [16, 32],
        [112, 6],
      ] as const) {
        if (random.below(2) === 0) event.fill(0, offset, offset + size);
      }
    }
    if (pendingEntry < 0 && random.below(4) === 0) {
      flags |= random.below(2) === 0 ? TransferFlags.balancing_debit : TransferFlags.balancing_credit;
      amount = BigInt(random.below(1000));
    }
    view.setUint16(TransferOffset.flags, flags, true);
    if (pendingEntry >= 0) putU128(view, TransferOffset.pending_id, this.model[pendingEntry]!.id);
    if (imported) view.setBigUint64(TransferOffset.timestamp, timestamp, true);
    this.#journal[cell]!.set(event);

    const row = event.slice();
    const stored = new DataView(row.buffer);
    stored.setBigUint64(TransferOffset.timestamp, timestamp, true);
    if (amount !== undefined) putU128(stored, TransferOffset.amount, amount);
    if (pendingEntry >= 0) {
      const pending = this.model[pendingEntry]!.row;
      for (const [offset, size] of [
        [16, 32],
        [112, 6],
      ] as const)
        row.set(pending.subarray(offset, offset + size), offset);
      for (const [offset, size] of [
        [80, 16],
        [96, 8],
        [104, 4],
      ] as const) {
        const own = row.subarray(offset, offset + size);
        if (own.every((byte) => byte === 0)) own.set(pending.subarray(offset, offset + size));
      }
    }
    this.#lastTransfer = timestamp;
    const entry = this.#append(
      {
        kind,
        id: getU128(row, 0),
        row,
        timestamp,
        pendingEntry,
        balances: this.#balances(),
        debitClosed: random.below(4) === 0,
        creditClosed: random.below(4) === 0,
      },
      BigInt(cell),
      amount,
    );
    if (kind === EntryKind.pending) this.#open.push(entry);
  }

  #addExpiries(): void {
    const random = this.#random;
    const count = 1 + random.below(Math.min(5, this.#open.length));
    this.#makeRoom(count);
    for (let index = 0; index < count; index++) {
      const pendingEntry = this.#open.splice(random.below(this.#open.length), 1)[0]!;
      const pending = this.model[pendingEntry]!;
      this.#append(
        {
          kind: EntryKind.expired,
          id: pending.id,
          row: pending.row,
          timestamp: this.#now + BigInt(index),
          pendingEntry,
          balances: this.#balances(),
          debitClosed: random.below(4) === 0,
          creditClosed: random.below(4) === 0,
        },
        NO_CELL,
        undefined,
      );
    }
    this.#now += BigInt(count);
  }

  /** An event with small vocabularies, so that predicates find something. */
  #event(): Uint8Array {
    const random = this.#random;
    const event = new Uint8Array(CELL);
    const view = new DataView(event.buffer);
    const debit = random.below(this.accounts.length);
    const credit = (debit + 1 + random.below(this.accounts.length - 1)) % this.accounts.length;
    this.#nextId += BigInt(1 + random.below(3));
    const wide = random.below(3) === 0 ? this.#nextId + (this.#wide() << 64n) : this.#nextId;
    putU128(view, TransferOffset.id, this.model.length === 0 ? twins[0] : wide);
    putU128(view, TransferOffset.debit_account_id, this.accounts[debit]!.id);
    putU128(view, TransferOffset.credit_account_id, this.accounts[credit]!.id);
    putU128(view, TransferOffset.amount, this.#wide());
    putU128(view, TransferOffset.user_data_128, random.below(3) === 0 ? 0n : BigInt(random.below(4)) << 100n);
    view.setBigUint64(TransferOffset.user_data_64, BigInt(random.below(4)) << 40n, true);
    view.setUint32(TransferOffset.user_data_32, random.below(4), true);
    view.setUint32(TransferOffset.timeout, random.below(3), true);
    view.setUint32(TransferOffset.ledger, 1 + random.below(2), true);
    view.setUint16(TransferOffset.code, 1 + random.below(4), true);
    return event;
  }

  #balances(): bigint[] {
    return Array.from({ length: 8 }, () => (this.#random.below(3) === 0 ? 0n : this.#wide()));
  }

  /** Any width up to 128 bits, small ones often. */
  #wide(): bigint {
    let value = 0n;
    for (let word = 0; word < 4; word++) value = (value << 32n) | BigInt(this.#random.below(2 ** 31) * 2 + 1);
    return value >> BigInt(this.#random.below(128));
  }

  /** Writes an entry as the machine's kernel does: columns, record, span, row. */
  #append(made: Omit<ModelEntry, 'entry'>, cell: bigint, amount: bigint | undefined): number {
    const generation = this.layout.generations[this.#generation]!;
    const { control } = generation;
    const view = this.#view;
    const entry = this.model.length;
    const pos = view.getUint32(control + ControlOffset.count, true);
    this.model.push({ entry, ...made });

    const hashes = this.#hashes(made);
    for (const [column, address] of generation.columns.entries()) {
      view.setUint32(address + pos * 4, hashes[column]!, true);
    }
    if (made.kind !== EntryKind.expired) {
      if (made.id < getU128(this.#bytes, control + ControlOffset.idMin))
        putU128(view, control + ControlOffset.idMin, made.id);
      if (made.id > getU128(this.#bytes, control + ControlOffset.idMax))
        putU128(view, control + ControlOffset.idMax, made.id);
    }
    const eventsSize = view.getUint32(control + ControlOffset.eventsSize, true);
    if (pos % 64 === 0) view.setUint32(generation.blocks + (pos / 64) * 4, eventsSize, true);
    const record = encodeRecord(made, amount);
    this.#bytes.set(record, generation.events + eventsSize);
    view.setUint32(control + ControlOffset.eventsSize, eventsSize + record.length, true);
    this.#appendSpan(generation, pos, cell, made.timestamp);
    this.#bytes.set(made.row, this.layout.rows + (entry % this.layout.rowsCount) * CELL);
    view.setUint32(control + ControlOffset.count, pos + 1, true);
    return entry;
  }

  #hashes(made: Omit<ModelEntry, 'entry'>): number[] {
    const view = new DataView(made.row.buffer, made.row.byteOffset);
    const hash = (lo: bigint, hi: bigint): number => (lo === 0n && hi === 0n ? 0 : modelHash32(lo, hi));
    const wide = (offset: number): number => hash(view.getBigUint64(offset, true), view.getBigUint64(offset + 8, true));
    const id = wide(0);
    if (made.kind === EntryKind.failed) return [id, 0, 0, 0, 0, 0, 0, 0, 0];
    if (made.kind === EntryKind.expired) return [0, 0, 0, id, 0, 0, 0, 0, 0];
    return [
      ...[id, wide(16), wide(32), wide(64), wide(80)],
      hash(view.getBigUint64(96, true), 0n),
      hash(BigInt(view.getUint32(104, true)), 0n),
      hash(BigInt(view.getUint32(112, true)), 0n),
      hash(BigInt(view.getUint16(116, true)), 0n),
    ];
  }

  #appendSpan(generation: GenerationBuffer, pos: number, cell: bigint, timestamp: bigint): void {
    const view = this.#view;
    const count = view.getUint32(generation.control + ControlOffset.spansCount, true);
    if (count > 0) {
      const last = generation.spans + (count - 1) * SPAN_SIZE;
      const ahead = BigInt(pos - view.getUint32(last, true));
      const lastCell = view.getBigUint64(last + 8, true);
      const follows = cell === NO_CELL ? lastCell === NO_CELL : lastCell !== NO_CELL && lastCell + ahead === cell;
      if (follows && view.getBigUint64(last + 16, true) + ahead === timestamp) return;
    }
    const at = generation.spans + count * SPAN_SIZE;
    view.setUint32(at, pos, true);
    view.setUint32(at + 4, 0, true);
    view.setBigUint64(at + 8, cell, true);
    view.setBigUint64(at + 16, timestamp, true);
    view.setUint32(generation.control + ControlOffset.spansCount, count + 1, true);
  }
}

/** An event record as formats.md has it. */
export function encodeRecord(made: Omit<ModelEntry, 'entry'>, amount: bigint | undefined): Uint8Array {
  if (made.kind === EntryKind.failed) return Uint8Array.of(made.kind, 54);
  const head =
    made.kind |
    (amount === undefined ? 0 : 16) |
    (made.pendingEntry < 0 ? 0 : 32) |
    (made.debitClosed ? 64 : 0) |
    (made.creditClosed ? 128 : 0);
  const bytes: number[] = [head, 0, 0, 0, 0];
  const put = (value: bigint, size: number): void => {
    for (let byte = 0; byte < size; byte++) bytes.push(Number((value >> BigInt(byte * 8)) & 255n));
  };
  for (const [index, balance] of made.balances.entries()) {
    let size = 0;
    while (balance >> BigInt(size * 8) > 0n) size++;
    const nibble = size > 8 ? 15 : size;
    bytes[1 + (index >> 1)]! |= nibble << ((index & 1) * 4);
    put(balance, nibble === 15 ? 16 : size);
  }
  if (amount !== undefined) put(amount, 16);
  if (made.pendingEntry >= 0) put(BigInt(made.pendingEntry), 8);
  return Uint8Array.from(bytes);
}

export function getU128(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}

function putU128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
}

class Placer {
  end = 64;

  take(size: number): number {
    const at = this.end;
    this.end = Math.ceil((at + size) / 64) * 64;
    return at;
  }
}

/** The runs that lie on a disk, oldest first. */
export function* runsIn(storage: Storage, ledgerId: bigint): Generator<Run> {
  for (let number = 0; storage.exists(`runs/${runName(number)}`); number++) {
    yield Run.open(storage, `runs/${runName(number)}`, ledgerId);
  }
}
