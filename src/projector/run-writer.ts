/**
 * The builder: turns a sealed generation into a run file. Works in short steps, so that a thread that does everything
 * can do other things between them. The file is written under another name, each slice made durable, and gets its name
 * when it is whole. It goes past the page cache, in which a page that was not there before costs more than all the rest
 * of the work for its bytes (ADR 0005); a query brings in what it needs.
 */

import { assert, type SharedMemory } from '../base/index.ts';
import type { GenerationBuffer } from '../machine/index.ts';
import { BLOCK_ENTRIES, ControlOffset, FILTER_BLOCK_SIZE, GenerationState, U128_MAX } from '../model/index.ts';
import type { File, Storage } from '../platform/index.ts';
import { type ProjectorKernel, projectorKernel } from './kernel.ts';
import { type HistoryLayout, itemsSize, scratchItems } from './layout.ts';
import { runName } from './run.ts';
import { DIRECTORY_COUNT, encodeRunHeader, getU128, type SectionPlace, UNORDERED_MAX } from './run-format.ts';
import { SLICE_SIZE, SliceWriter } from './slice-writer.ts';
import { SpanRange, Spans } from './spans.ts';

/**
 * Entries of a step: some tenths of a millisecond. On a machine that is short of processors, who wants one waits for a
 * step's end.
 */
const STEP_ENTRIES = 32_768;

export class RunBuilder {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #memory: SharedMemory;
  readonly #layout: HistoryLayout;
  readonly #ledgerId: bigint;
  readonly #kernel: ProjectorKernel;
  /** Made by the first build: its pages cost something. */
  #slice: Uint8Array | undefined;

  /** `folder` exists. */
  constructor(storage: Storage, folder: string, memory: SharedMemory, layout: HistoryLayout, ledgerId: bigint) {
    this.#storage = storage;
    this.#folder = folder;
    this.#memory = memory;
    this.#layout = layout;
    this.#ledgerId = ledgerId;
    this.#kernel = projectorKernel(memory);
  }

  /**
   * Writes generation number `index` of the layout, which must be sealed, as run number `number`. A step is some tenths
   * of a millisecond of work, or a write of 1 MiB. Returns the path of the run, which is durable then; the generation
   * is left as it is. Throws what the storage throws; then there is no run, and the same call may be made again.
   */
  *build(index: number, number: number): Generator<void, string> {
    const generation = this.#layout.generations[index];
    assert(generation !== undefined, 'the layout has such a generation');
    const path = `${this.#folder}/${runName(number)}`;
    const temporary = `${path}.tmp`;
    const file = this.#storage.open(temporary, { mode: 'create', durable: true, direct: true });
    try {
      file.truncate(0);
      yield* this.#write(file, generation);
    } catch (error) {
      this.#removeQuietly(temporary);
      throw error;
    } finally {
      file.close();
    }
    this.#storage.rename(temporary, path);
    this.#storage.syncFolder(this.#folder);
    return path;
  }

  /**
   * A disk that is full should not stay so for the sake of half a run; if it cannot be removed, the next try writes
   * over it.
   */
  #removeQuietly(path: string): void {
    try {
      this.#storage.remove(path);
    } catch {
      // The error that brought us here is the one to hear about.
    }
  }

  *#write(file: File, generation: GenerationBuffer): Generator<void, void> {
    const { buffer } = this.#memory;
    const control = new DataView(buffer, generation.control);
    const count = control.getUint32(ControlOffset.count, true);
    const eventsSize = control.getUint32(ControlOffset.eventsSize, true);
    const spansCount = control.getUint32(ControlOffset.spansCount, true);
    assert(
      control.getUint32(ControlOffset.state, true) === GenerationState.sealed,
      'only a sealed generation becomes a run',
    );
    assert(
      count > 0 && count <= 2 ** this.#layout.log2Entries,
      'a run has entries, and no more than a generation holds',
    );

    const directory = this.#layout.scratch;
    const items = directory + scratchItems;
    const spare = items + itemsSize(2 ** this.#layout.log2Entries);
    this.#slice ??= this.#storage.buffer(SLICE_SIZE);
    const out = new SliceWriter(file, this.#slice);
    const sections: SectionPlace[] = [];
    const sameHashes: number[] = [];
    const put = (...pieces: [address: number, size: number][]): Generator<void, void> => {
      sections.push({ offset: out.align(), size: pieces.reduce((sum, [, size]) => sum + size, 0) });
      return out.write(pieces.map(([address, size]) => new Uint8Array(buffer, address, size)));
    };

    for (const column of generation.columns) {
      const same = Number(this.#kernel.sameHash(column, count));
      sameHashes.push(Math.max(0, same));
      if (same >= 0) {
        yield* put();
        continue;
      }
      const indexed = yield* this.#sort(column, count, directory, items, spare);
      yield* put([directory, DIRECTORY_COUNT * 4], [items, indexed * 4]);
    }
    for (let from = 0; from < count; from += STEP_ENTRIES) {
      this.#kernel.filterBuild(generation.columns[0]!, from, Math.min(from + STEP_ENTRIES, count), count, items);
      yield;
    }
    yield* put([items, (this.#kernel.filterBlocks(count) >>> 0) * FILTER_BLOCK_SIZE]);
    yield* put([generation.blocks, Math.ceil(count / BLOCK_ENTRIES) * 4]);
    yield* put([generation.events, eventsSize]);
    const range = new SpanRange();
    const spansAt = out.align();
    const words = new Uint32Array(buffer);
    const whole = new Spans(words, generation.spans / 4, spansCount, count);
    // As many at once as fit into the scratch at their worst, 21 bytes each.
    const group = Math.max(64, Math.min(32_768, 2 ** this.#layout.log2Entries / 4));
    for (let from = 0; from < spansCount; from += group) {
      const to = Math.min(from + group, spansCount);
      range.extend(new Spans(words, generation.spans / 4, to, whole.end(to - 1)));
      const size = this.#kernel.packSpans(generation.spans, from, to, items) >>> 0;
      yield* out.write([new Uint8Array(buffer, items, size)]);
      yield;
    }
    sections.push({ offset: spansAt, size: out.position - spansAt });
    const checksums = yield* out.finish();
    sections.push(checksums.place);

    const idMin = getU128(control, ControlOffset.idMin);
    const idMax = getU128(control, ControlOffset.idMax);
    const header = encodeRunHeader({
      count,
      firstEntry: control.getFloat64(ControlOffset.firstEntry, true),
      ledgerId: this.#ledgerId,
      timestampMin: range.min,
      timestampMax: range.max,
      ascending: range.ascending,
      idMin,
      idMax: idMin === 0n && idMax === 0n ? U128_MAX : idMax,
      sections,
      sameHashes,
      checksums: checksums.checksum,
    });
    out.writeHeader(header);
  }
  /** Returns the number of items. */
  *#sort(column: number, count: number, directory: number, items: number, spare: number): Generator<void, number> {
    const kernel = this.#kernel;
    for (let from = 0; from < count; from += STEP_ENTRIES) {
      kernel.sortCount(column, from, Math.min(from + STEP_ENTRIES, count), directory);
      yield;
    }
    const most = kernel.sortPlaces(directory) >>> 0;
    for (let from = 0; from < count; from += STEP_ENTRIES) {
      kernel.sortPlace(column, from, Math.min(from + STEP_ENTRIES, count), directory, items);
      yield;
    }
    const slots = DIRECTORY_COUNT - 1;
    for (let slot = most > UNORDERED_MAX ? 0 : slots; slot < slots; ) {
      slot = kernel.sortNextSlot(directory, slot, items, spare, UNORDERED_MAX) >>> 0;
      yield;
    }
    return new DataView(this.#memory.buffer).getUint32(directory + slots * 4, true);
  }
}

/** Runs the steps to the end and returns what they return. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
