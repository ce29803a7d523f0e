/**
 * An image is what it was, to the byte, however the machine changes rows while another thread reads it.
 *
 *   machine (this thread)       open ── batch ── batch ── batch ── …  until it is closed      compare
 *   reader (image-reader.ts)         └─ accounts ─ pendings ─ before-images ─ close ┘
 *
 * `TEST_ROUNDS=n` opens that many images, `TEST_SEED=n` draws others.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { SharedMemory } from '../../src/base/index.ts';
import { EngineMemory, type EngineSizes, SMALL_SIZES } from '../../src/engine/memory.ts';
import { Machine, waitForBefores } from '../../src/machine/index.ts';
import { Operation, StateOffset } from '../../src/model/index.ts';
import { Random } from '../../testing/model/random.ts';

/** What the reader's thread gets. */
export interface ImageLitmus {
  readonly memory: SharedMemory;
  readonly sizes: EngineSizes;
  /** What was read, as the memory from the first account on. */
  readonly result: Uint8Array;
  readonly words: Int32Array;
  readonly seed: number;
}

const ROUNDS = Number(process.env.TEST_ROUNDS ?? 150);
const SEED = Number(process.env.TEST_SEED ?? 1);
const ACCOUNTS = 4000;
const PULSE = 128;
const Flag = { linked: 1, pending: 2, post: 4, void: 8, closingDebit: 64 } as const;

/** A machine that is kept busy by random batches. */
class World {
  readonly memory: EngineMemory;
  readonly machine: Machine;
  readonly #random: Random;
  #timestamp = 1_000_000_000n;
  #id = 0;
  #accounts = 0;
  waits = 0;
  batches = 0;

  constructor(sizes: EngineSizes, seed: number) {
    this.memory = EngineMemory.create(sizes);
    this.#random = new Random(seed);
    this.machine = new Machine(this.memory.memory, this.memory.layout.machine, {
      rowOf: (_entry, target) => this.memory.bytes.fill(0, target, target + 128),
      findCold: () => 0,
      resolutionOf: () => 2,
      transferAt: () => false,
      waitForBuilder: () => {
        this.waits++;
        waitForBefores(this.memory.memory, this.memory.layout.machine, 100);
      },
    });
    this.machine.initialize();
  }

  #apply(operation: number, count: number, fill: (u32: Uint32Array, word: number, index: number) => void): void {
    const { view, bytes, u32, layout } = this.memory;
    const header = layout.ring.cells;
    const cells = operation === PULSE ? 0 : count;
    bytes.fill(0, header, header + (1 + cells) * 128);
    for (let i = 0; i < cells; i++) fill(u32, (header + 128 + i * 128) / 4, i);
    this.#timestamp += BigInt(count) + BigInt(this.#random.below(100_000_000));
    view.setBigUint64(header + 8, BigInt(this.batches + 1), true);
    view.setBigUint64(header + 16, this.#timestamp, true);
    view.setUint32(header + 52, count, true);
    view.setUint32(header + 56, cells, true);
    view.setUint16(header + 60, operation, true);
    if (this.machine.generationIsFull(count)) {
      const sealed = this.machine.seal((this.machine.generation + 1) % layout.machine.generations.length);
      this.machine.freeGeneration(sealed);
    }
    if (this.machine.idsAreFull(count)) this.machine.rotateIds();
    this.machine.apply(header, layout.spare);
    this.batches++;
  }

  accounts(count: number): void {
    this.#apply(Operation.create_accounts, count, (u32, word) => {
      u32[word] = ++this.#accounts;
      u32[word + 28] = 1;
      u32[word + 29] = 1;
    });
  }

  /** Transfers of all kinds, in chains or not, many of which fail. */
  transfers(count: number): void {
    this.#apply(Operation.create_transfers, count, (u32, word, index) => {
      u32[word] = ++this.#id;
      let flags = this.#random.below(4) === 0 && index < count - 1 ? Flag.linked : 0;
      const kind = this.#random.below(10);
      if (kind < 3) {
        flags |= kind < 2 ? Flag.post : Flag.void;
        u32[word + 16] = Math.max(1, this.#id - 1 - this.#random.below(600));
        // All of it: the most there is for a post, nothing for a void.
        if (kind < 2) u32.fill(0xffff_ffff, word + 12, word + 16);
      } else {
        if (kind < 7) flags |= Flag.pending | (this.#random.chance(0.05) ? Flag.closingDebit : 0);
        u32[word + 4] = 1 + this.#random.below(this.#accounts);
        u32[word + 8] = 1 + this.#random.below(this.#accounts + 20);
        u32[word + 12] = this.#random.below(1000);
        if (kind < 7) u32[word + 27] = 1 + this.#random.below(3);
        u32[word + 28] = 1;
        u32[word + 29] = 1;
      }
      u32[word + 29] = (u32[word + 29]! & 0xffff) | (flags << 16);
    });
  }

  batch(): void {
    const kind = this.#random.below(20);
    if (kind === 0 && this.#accounts < 2 * ACCOUNTS) this.accounts(1 + this.#random.below(30));
    else if (kind === 1) this.#apply(PULSE, 8189, () => {});
    else this.transfers(1 + this.#random.below(60));
  }
}

test(`${ROUNDS} images read by another thread while rows change are what they were`, (t) => {
  // A ring of 32 is often full; records that ended are soon used again.
  const sizes: EngineSizes = { ...SMALL_SIZES, log2Befores: 5, resolvedKept: 50 };
  const world = new World(sizes, SEED);
  const { memory, machine } = world;
  const layout = memory.layout.machine;
  const state = (offset: number): number => memory.u32[(layout.state + offset) / 4]!;
  const result = new Uint8Array(
    new SharedArrayBuffer(layout.pendings - layout.accounts + (sizes.pendingsMax + 2 ** sizes.log2Resolved + 1) * 160),
  );
  const words = new Int32Array(new SharedArrayBuffer(64));
  const litmus: ImageLitmus = { memory: memory.memory, sizes, result, words, seed: SEED + 1 };
  const worker = new Worker(join(import.meta.dirname, 'image-reader.js'), { workerData: litmus });
  t.after(() => worker.terminate());
  world.accounts(ACCOUNTS);
  for (let k = 0; k < 40; k++) world.batch();
  let changedRounds = 0;
  let befores = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const head = machine.openImage();
    const accounts = memory.bytes.slice(layout.accounts, layout.accounts + head.accountsSize);
    const pendings = memory.bytes.slice(layout.pendings, layout.pendings + head.pendingsSize);
    words[2] = head.accountsSize;
    words[3] = head.pendingsSize;
    Atomics.store(words, 0, round);
    Atomics.notify(words, 0);
    const before = world.batches;
    const deadline = performance.now() + 30_000;
    while (machine.imageIsOpen) {
      world.batch();
      assert.ok(performance.now() < deadline, 'the reader comes to an end');
    }
    assert.notEqual(Atomics.wait(words, 1, round - 1, 10_000), 'timed-out');
    const what = `round ${round}, ${world.batches - before} batches, ${words[4]} before-images`;
    const start = layout.pendings - layout.accounts;
    assertSame(result.subarray(0, accounts.length), accounts, 128, `${what}: accounts`);
    assertSame(result.subarray(start, start + pendings.length), pendings, 160, `${what}: pendings`);
    if (world.batches > before) changedRounds++;
    befores += words[4]!;
    for (let k = round % 5; k > 0; k--) world.batch();
  }
  // Else the test has tested nothing.
  assert.ok(changedRounds > ROUNDS / 2, `${changedRounds} rounds saw batches`);
  assert.ok(befores > ROUNDS * 10 && world.waits > 0, `${befores} before-images, ${world.waits} waits`);
  assert.ok(state(StateOffset.pendingsCount) > 500 && state(StateOffset.pendingsOpen) > 0);
});

function assertSame(found: Uint8Array, expected: Uint8Array, rowSize: number, what: string): void {
  if (Buffer.compare(found, expected) === 0) return;
  const at = expected.findIndex((byte, index) => byte !== found[index]);
  assert.fail(`${what}: row ${Math.floor(at / rowSize)} differs at byte ${at % rowSize}`);
}
