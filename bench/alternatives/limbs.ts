/**
 * What lost (docs/adr/0003): the path of a plain transfer in TypeScript, on Int32Arrays, one per region. Same tables,
 * same checks, same bytes left behind as src/machine/kernel; a u128 is four limbs. Int32Array and not Uint32Array,
 * because V8 keeps a signed word as it is and boxes an unsigned one above 2^31. Anything but a plain transfer that is
 * created throws: this is a measurement, not a machine.
 */
import { STATE_SIZE, StateOffset } from '../../src/model/index.ts';
import type { Hashes } from './hashes.ts';
import { ACCOUNTS, type Apply, type World } from './workload.ts';

const TWO32 = 2 ** 32;

export function limbs(world: World, hashes: Hashes): Apply {
  const { memory, layout } = world;
  const { words, sizes, generations } = layout.machine;
  const buffer = memory.memory.buffer;
  const region = (at: number, size: number): Int32Array => new Int32Array(buffer, at, size / 4);
  const ring = region(layout.ring.cells, layout.ring.cellsCount * 128);
  const replies = region(layout.spare, 2 ** 21);
  const accounts = region(words.accounts, (sizes.accountsMax + 1) * 128);
  const index = region(words.accountIndex, 4 * 2 ** 20);
  const ids = region(words.idTable0, 2 ** sizes.log2Ids * 8);
  const rows = region(words.rows, 2 ** sizes.log2Rows * 128);
  const places = region(words.slots, 8192 * 8);
  const state = region(words.state, STATE_SIZE);
  const blocksMask = words.idBlocksMask;
  const rowsMask = words.rowsMask;
  const indexMask = 2 ** state[StateOffset.accountIndexLog2 / 4]! - 1;
  const { column, mix, mixed } = hashes;

  let control = region(generations[0]!.control, 64);
  const COLUMN = 2 ** sizes.log2Entries;
  let columns = region(generations[0]!.columns[0]!, 9 * 4 * COLUMN);
  let blocks = region(generations[0]!.blocks, (2 ** sizes.log2Entries / 64 + 1) * 4);
  let spans = region(generations[0]!.spans, generations[0]!.spansMax * 24);
  let stored = new DataView(buffer, generations[0]!.events, generations[0]!.eventsSizeMax);
  let generation = 0;
  let entries = 0;
  let spanOpen = false;
  let nextCell = 0;
  let insertAt = 0;
  let insertTag = 0;

  index.fill(0);
  for (let place = 1; place <= ACCOUNTS; place++) {
    const a = place * 32;
    mix(accounts[a]!, accounts[a + 1]!, accounts[a + 2]!, accounts[a + 3]!);
    let at = mixed[0]! & indexMask;
    while (index[at] !== 0) at = (at + 1) & indexMask;
    index[at] = (mixed[1]! & 0xff00_0000) | place;
  }

  function follow(): void {
    generation = state[StateOffset.generation / 4]!;
    const g = generations[generation]!;
    control = region(g.control, 64);
    columns = region(g.columns[0]!, 9 * 4 * COLUMN);
    blocks = region(g.blocks, (2 ** sizes.log2Entries / 64 + 1) * 4);
    spans = region(g.spans, g.spansMax * 24);
    stored = new DataView(buffer, g.events, g.eventsSizeMax);
  }

  function findAccount(a: number, b: number, c: number, d: number): number {
    mix(a, b, c, d);
    const tag = mixed[1]! >>> 24;
    let at = mixed[0]! & indexMask;
    for (;;) {
      const slot = index[at]!;
      if (slot === 0) return 0;
      if (slot >>> 24 === tag) {
        const place = slot & 0xff_ffff;
        const r = place * 32;
        if (accounts[r] === a && accounts[r + 1] === b && accounts[r + 2] === c && accounts[r + 3] === d) return place;
      }
      at = (at + 1) & indexMask;
    }
  }

  /** The word of the stored row with this id in the ring of rows, or -1. */
  function locate(a: number, b: number, c: number, d: number): number {
    mix((a >>> 5) | (b << 27), b >>> 5, c, d);
    const step = mixed[1]! | 1;
    const tag = (mixed[1]! >>> 9) ^ ((a & 31) << 18);
    let block = mixed[0]! & blocksMask;
    insertTag = tag;
    for (;;) {
      for (let k = 0; k < 32; k++) {
        const at = (block << 6) + (((a + k) & 31) << 1);
        const high = ids[at + 1]!;
        const entry = (ids[at]! >>> 0) + (high & 255) * TWO32;
        if (entry === 0) {
          insertAt = at;
          return -1;
        }
        if (high >>> 9 === tag) {
          const row = ((entry - 1) & rowsMask) * 32;
          if (entries - entry > sizes.rowsTrusted) throw new Error('the row has left memory');
          if (rows[row] === a && rows[row + 1] === b && rows[row + 2] === c && rows[row + 3] === d) return row;
        }
      }
      block = (block + step) & blocksMask;
    }
  }

  /** Loads what the batch will need, so that the misses overlap. */
  function touch(count: number): void {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const t = (i + 1) * 32;
      const a = ring[t]!;
      mix((a >>> 5) | (ring[t + 1]! << 27), ring[t + 1]! >>> 5, ring[t + 2]!, ring[t + 3]!);
      sum ^= ids[((mixed[0]! & blocksMask) << 6) + ((a & 31) << 1)]!;
      const debit = findAccount(ring[t + 4]!, ring[t + 5]!, ring[t + 6]!, ring[t + 7]!);
      const credit = findAccount(ring[t + 8]!, ring[t + 9]!, ring[t + 10]!, ring[t + 11]!);
      places[i * 2] = debit;
      places[i * 2 + 1] = credit;
      sum ^= accounts[debit * 32 + 8]! ^ accounts[credit * 32 + 16]!;
    }
    places[8189 * 2] = sum;
  }

  /** Adds the amount at word `t` to the balance at word `at`. */
  function addTo(at: number, t: number): void {
    let sum = (accounts[at]! >>> 0) + (ring[t]! >>> 0);
    accounts[at] = sum;
    sum = (accounts[at + 1]! >>> 0) + (ring[t + 1]! >>> 0) + (sum >= TWO32 ? 1 : 0);
    accounts[at + 1] = sum;
    sum = (accounts[at + 2]! >>> 0) + (ring[t + 2]! >>> 0) + (sum >= TWO32 ? 1 : 0);
    accounts[at + 2] = sum;
    accounts[at + 3] = (accounts[at + 3]! >>> 0) + (ring[t + 3]! >>> 0) + (sum >= TWO32 ? 1 : 0);
  }

  /** Writes a balance without its leading zeros at byte `at`; returns its length, 15 for 16. */
  function putBalance(at: number, from: number): number {
    const low = accounts[from]!;
    const high = accounts[from + 1]!;
    stored.setUint32(at, low, true);
    stored.setUint32(at + 4, high, true);
    if ((accounts[from + 2]! | accounts[from + 3]!) !== 0) {
      stored.setUint32(at + 8, accounts[from + 2]!, true);
      stored.setUint32(at + 12, accounts[from + 3]!, true);
      return 15;
    }
    return (71 - (high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low))) >> 3;
  }

  function putEvent(debit: number, credit: number): void {
    const start = control[3]!;
    let head = 0;
    if ((accounts[debit + 29]! >>> 16) & 32) head |= 64;
    if ((accounts[credit + 29]! >>> 16) & 32) head |= 128;
    stored.setUint8(start, head);
    let at = start + 5;
    let lengths = 0;
    for (let k = 0; k < 8; k++) {
      const length = putBalance(at, k < 4 ? debit + 4 + k * 4 : credit + 4 + (k - 4) * 4);
      lengths |= length << (4 * k);
      at += length === 15 ? 16 : length;
    }
    stored.setUint32(start + 1, lengths, true);
    control[3] = at;
  }

  function less(r: number, at: number): boolean {
    if (rows[r + 3] !== control[at + 3]) return rows[r + 3]! >>> 0 < control[at + 3]! >>> 0;
    if (rows[r + 2] !== control[at + 2]) return rows[r + 2]! >>> 0 < control[at + 2]! >>> 0;
    if (rows[r + 1] !== control[at + 1]) return rows[r + 1]! >>> 0 < control[at + 1]! >>> 0;
    return rows[r]! >>> 0 < control[at]! >>> 0;
  }

  function more(r: number, at: number): boolean {
    if (rows[r + 3] !== control[at + 3]) return rows[r + 3]! >>> 0 > control[at + 3]! >>> 0;
    if (rows[r + 2] !== control[at + 2]) return rows[r + 2]! >>> 0 > control[at + 2]! >>> 0;
    if (rows[r + 1] !== control[at + 1]) return rows[r + 1]! >>> 0 > control[at + 1]! >>> 0;
    return rows[r]! >>> 0 > control[at]! >>> 0;
  }

  function append(r: number, cell: number, debit: number, credit: number): void {
    const pos = control[2]!;
    if (!spanOpen || cell !== nextCell) {
      const span = control[4]! * 6;
      spans[span] = pos;
      spans[span + 1] = 0;
      spans[span + 2] = cell;
      spans[span + 3] = cell / TWO32;
      spans[span + 4] = rows[r + 30]!;
      spans[span + 5] = rows[r + 31]!;
      control[4] = control[4]! + 1;
      spanOpen = true;
    }
    nextCell = cell + 1;
    if ((pos & 63) === 0) blocks[pos >>> 6] = control[3]!;
    control[2] = pos + 1;
    entries++;
    if (less(r, 6)) for (let k = 0; k < 4; k++) control[6 + k] = rows[r + k]!;
    if (more(r, 10)) for (let k = 0; k < 4; k++) control[10 + k] = rows[r + k]!;
    columns[pos] = column(rows[r]!, rows[r + 1]!, rows[r + 2]!, rows[r + 3]!);
    columns[pos + COLUMN] = column(rows[r + 4]!, rows[r + 5]!, rows[r + 6]!, rows[r + 7]!);
    columns[pos + 2 * COLUMN] = column(rows[r + 8]!, rows[r + 9]!, rows[r + 10]!, rows[r + 11]!);
    columns[pos + 3 * COLUMN] = 0;
    const a = rows[r + 20]!;
    const b = rows[r + 21]!;
    const c = rows[r + 22]!;
    const d = rows[r + 23]!;
    columns[pos + 4 * COLUMN] = (a | b | c | d) === 0 ? 0 : column(a, b, c, d);
    const low = rows[r + 24]!;
    const high = rows[r + 25]!;
    columns[pos + 5 * COLUMN] = (low | high) === 0 ? 0 : column(low, high, 0, 0);
    columns[pos + 6 * COLUMN] = rows[r + 26] === 0 ? 0 : column(rows[r + 26]!, 0, 0, 0);
    columns[pos + 7 * COLUMN] = column(rows[r + 28]!, 0, 0, 0);
    columns[pos + 8 * COLUMN] = column(rows[r + 29]! & 0xffff, 0, 0, 0);
    putEvent(debit, credit);
  }

  /** One plain transfer at word `t`. False when any check fails. */
  function create(t: number, i: number, cell: number, low: number, high: number): boolean {
    const flags = ring[t + 29]! >>> 16;
    if (flags !== 0 || (ring[t + 30]! | ring[t + 31]!) !== 0) return false;
    const a = ring[t]!;
    const b = ring[t + 1]!;
    const c = ring[t + 2]!;
    const d = ring[t + 3]!;
    if ((a | b | c | d) === 0 || (a & b & c & d) === -1) return false;
    if (locate(a, b, c, d) !== -1) return false;
    const e = ring[t + 4]!;
    const f = ring[t + 5]!;
    const g = ring[t + 6]!;
    const h = ring[t + 7]!;
    const k = ring[t + 8]!;
    const l = ring[t + 9]!;
    const m = ring[t + 10]!;
    const n = ring[t + 11]!;
    if ((e | f | g | h) === 0 || (e & f & g & h) === -1) return false;
    if ((k | l | m | n) === 0 || (k & l & m & n) === -1) return false;
    if (e === k && f === l && g === m && h === n) return false;
    if ((ring[t + 16]! | ring[t + 17]! | ring[t + 18]! | ring[t + 19]! | ring[t + 27]!) !== 0) return false;
    const ledger = ring[t + 28]!;
    if (ledger === 0 || (ring[t + 29]! & 0xffff) === 0) return false;
    const debit = places[i * 2]! * 32;
    const credit = places[i * 2 + 1]! * 32;
    if (debit === 0 || credit === 0) return false;
    if (accounts[debit + 28] !== accounts[credit + 28] || accounts[debit + 28] !== ledger) return false;
    // Closed, or limited by its other side: not in this load, so one mask of each account's flags is enough.
    if (((accounts[debit + 29]! | accounts[credit + 29]!) >>> 16) & (2 | 4 | 32)) return false;
    // No sum of three can overflow while every highest limb is below 2^30.
    const tops =
      ring[t + 15]! | accounts[debit + 7]! | accounts[debit + 11]! | accounts[credit + 15]! | accounts[credit + 19]!;
    if (tops >>> 30 !== 0) return false;

    ids[insertAt] = entries + 1;
    ids[insertAt + 1] = (insertTag << 9) | ((entries + 1) / TWO32);
    const r = (entries & rowsMask) * 32;
    for (let word = 0; word < 30; word++) rows[r + word] = ring[t + word]!;
    rows[r + 30] = low;
    rows[r + 31] = high;
    addTo(debit + 8, t + 12);
    addTo(credit + 16, t + 12);
    append(r, cell, debit, credit);
    return true;
  }

  function execute(count: number, cell: number, first: number, high: number): void {
    for (let i = 0; i < count; i++) {
      if (!create((i + 1) * 32, i, cell + i, (first + i) | 0, high)) throw new Error(`event ${i} was not created`);
      replies[i * 4] = first + i;
      replies[i * 4 + 1] = high;
      replies[i * 4 + 2] = -1;
      replies[i * 4 + 3] = 0;
    }
  }

  return () => {
    if (state[StateOffset.generation / 4] !== generation) follow();
    const count = ring[13]!;
    const first = (ring[4]! >>> 0) - count + 1;
    if (first < 0) throw new Error('the timestamps of a batch share their high half');
    const cell = (ring[6]! >>> 0) + ring[7]! * TWO32 + 1;
    entries = (state[0]! >>> 0) + state[1]! * TWO32;
    spanOpen = false;
    touch(count);
    execute(count, cell, first, ring[5]!);
    state[0] = entries;
    state[1] = entries / TWO32;
  };
}
