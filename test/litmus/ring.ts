/**
 * The ring itself, of 8 cells: a producer sends requests of one to four cells with their round and number in every
 * word, two readers take them, and the producer reuses what both have passed. Words: 0 cursor, 16 and 32 where the
 * readers are, from 48 on the cells.
 */
import { CELL_SIZE, HeaderOffset } from '../../src/model/index.ts';
import { ahead, RingReader, RingWriter } from '../../src/ring/index.ts';
import type { Actor } from './litmus.ts';

const CELLS = 8;
const REQUESTS = 40;
const CELL_WORDS = CELL_SIZE / 4;

export const words: number = 48 + CELLS * CELL_WORDS;

const cellsOf = (number: number): number => (number * 7) % 4;

function layoutOf(memory: Int32Array): { readonly cells: number; readonly cellsCount: number } {
  return { cells: memory.byteOffset + 48 * 4, cellsCount: CELLS };
}

/** 0: all were sent. */
const producer: Actor = (memory, round) => {
  const buffer = memory.buffer as SharedArrayBuffer;
  const all = new Int32Array(buffer);
  const view = new DataView(buffer);
  const ring = new RingWriter(buffer, layoutOf(memory));
  for (let number = 0; number < REQUESTS; number++) {
    const cells = cellsOf(number);
    let at = -1;
    while (at < 0) {
      const [one, other] = [Atomics.load(memory, 16), Atomics.load(memory, 32)];
      at = ring.claim(cells, ahead(one, other) < 0 ? other : one);
      if (at < 0) Atomics.wait(memory, 16, one, 0.01);
    }
    all.fill(round + number, at / 4, at / 4 + (1 + cells) * CELL_WORDS);
    view.setUint16(at + HeaderOffset.operation, 1, true);
    view.setUint32(at + HeaderOffset.cells, cells, true);
    ring.advance(cells);
    Atomics.store(memory, 0, ring.position);
    Atomics.notify(memory, 0);
  }
  return 0;
};

/** 1: saw every request, whole and in order. 2: one was missing, torn or overwritten too early. */
const reader =
  (mine: number): Actor =>
  (memory, round) => {
    const buffer = memory.buffer as SharedArrayBuffer;
    const all = new Int32Array(buffer);
    const ring = new RingReader(buffer, layoutOf(memory));
    for (let number = 0; number < REQUESTS; ) {
      const cursor = Atomics.load(memory, 0);
      if (cursor === ring.position) {
        Atomics.wait(memory, 0, cursor, 100);
        continue;
      }
      for (let at = ring.next(cursor); at >= 0; at = ring.next(cursor)) {
        for (let cell = 1; cell <= cellsOf(number); cell++) {
          for (let word = 0; word < CELL_WORDS; word++) {
            if (all[at / 4 + cell * CELL_WORDS + word] !== round + number) return 2;
          }
        }
        if (all[at / 4] !== round + number) return 2;
        number++;
      }
      Atomics.store(memory, mine, ring.position);
    }
    return 1;
  };

export const together = 1;
export const actors: readonly Actor[] = [producer, reader(16), reader(32)];
