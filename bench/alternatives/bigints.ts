/**
 * What lost as well (docs/adr/0003): the kernel's path of a plain transfer, transcribed to BigUint64Array and
 * BigInt.asUintN. As readable as the kernel and as exact.
 */
import { STATE_SIZE, StateOffset } from '../../src/model/index.ts';
import type { Apply, World } from './workload.ts';

const K1 = 0x9e3779b97f4a7c15n;
const K2 = 0xc2b2ae3d27d4eb4fn;
const MAX = 2n ** 64n - 1n;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** src/machine/kernel/hash.ts */
function hash(lo: bigint, hi: bigint): number {
  let x = u64(lo * K1);
  x ^= x >> 32n;
  x = u64(x + u64(hi * K2));
  x ^= x >> 29n;
  x = u64(x * 0xbf58476d1ce4e5b9n);
  const h = Number(x >> 32n);
  return h === 0 ? 1 : h;
}

function mix(lo: bigint, hi: bigint): bigint {
  let x = u64(u64(lo * K1) + u64(hi * K2));
  x ^= x >> 32n;
  x = u64(x * 0xd6e8feb86659fd93n);
  return x ^ (x >> 32n);
}

export function bigints(world: World): Apply {
  const { memory, layout } = world;
  const { words, sizes, generations } = layout.machine;
  const buffer = memory.memory.buffer;
  const halves = (at: number, size: number): Uint32Array => new Uint32Array(buffer, at, size / 4);
  const wholes = (at: number, size: number): BigUint64Array => new BigUint64Array(buffer, at, size / 8);
  const ring = wholes(layout.ring.cells, layout.ring.cellsCount * 128);
  const ring32 = halves(layout.ring.cells, layout.ring.cellsCount * 128);
  const replies = wholes(layout.spare, 2 ** 21);
  const accounts = wholes(words.accounts, (sizes.accountsMax + 1) * 128);
  const accounts32 = halves(words.accounts, (sizes.accountsMax + 1) * 128);
  const index = halves(words.accountIndex, 4 * 2 ** 20);
  const ids = wholes(words.idTable0, 2 ** sizes.log2Ids * 8);
  const rows = wholes(words.rows, 2 ** sizes.log2Rows * 128);
  const rows32 = halves(words.rows, 2 ** sizes.log2Rows * 128);
  const places = halves(words.slots, 8192 * 8);
  const state = wholes(words.state, STATE_SIZE);
  const state32 = halves(words.state, STATE_SIZE);
  const blocksMask = words.idBlocksMask;
  const rowsMask = words.rowsMask;
  const indexMask = 2 ** state32[StateOffset.accountIndexLog2 / 4]! - 1;
  const COLUMN = 2 ** sizes.log2Entries;

  let generation = -1;
  let control = wholes(generations[0]!.control, 64);
  let control32 = halves(generations[0]!.control, 64);
  let columns = halves(generations[0]!.columns[0]!, 9 * 4 * COLUMN);
  let blocks = halves(generations[0]!.blocks, (COLUMN / 64 + 1) * 4);
  let spans = wholes(generations[0]!.spans, generations[0]!.spansMax * 24);
  let stored = new DataView(buffer, generations[0]!.events, generations[0]!.eventsSizeMax);
  let entries = 0;
  let spanOpen = false;
  let nextCell = 0n;
  let insertAt = 0;
  let insertTag = 0n;

  function follow(): void {
    generation = state32[StateOffset.generation / 4]!;
    const g = generations[generation]!;
    control = wholes(g.control, 64);
    control32 = halves(g.control, 64);
    columns = halves(g.columns[0]!, 9 * 4 * COLUMN);
    blocks = halves(g.blocks, (COLUMN / 64 + 1) * 4);
    spans = wholes(g.spans, g.spansMax * 24);
    stored = new DataView(buffer, g.events, g.eventsSizeMax);
  }

  function findAccount(lo: bigint, hi: bigint): number {
    const x = mix(lo, hi);
    const tag = Number(x >> 56n);
    let at = Number(x & 0xffff_ffffn) & indexMask;
    for (;;) {
      const slot = index[at]!;
      if (slot === 0) return 0;
      if (slot >>> 24 === tag) {
        const place = slot & 0xff_ffff;
        if (accounts[place * 16] === lo && accounts[place * 16 + 1] === hi) return place;
      }
      at = (at + 1) & indexMask;
    }
  }

  function locate(lo: bigint, hi: bigint): number {
    const x = mix(lo >> 5n, hi);
    const start = Number(lo & 31n);
    const step = Number(x >> 32n) | 1;
    const tag = (x >> 41n) ^ ((lo & 31n) << 18n);
    let block = Number(x & 0xffff_ffffn) & blocksMask;
    insertTag = tag;
    for (;;) {
      for (let k = 0; k < 32; k++) {
        const at = (block << 5) + ((start + k) & 31);
        const slot = ids[at]!;
        if (slot === 0n) {
          insertAt = at;
          return -1;
        }
        if (slot >> 41n === tag) {
          const entry = Number(slot & 0xff_ffff_ffffn);
          if (entries - entry > sizes.rowsTrusted) throw new Error('the row has left memory');
          const row = ((entry - 1) & rowsMask) * 16;
          if (rows[row] === lo && rows[row + 1] === hi) return row;
        }
      }
      block = (block + step) & blocksMask;
    }
  }

  function touch(count: number): void {
    let sum = 0n;
    for (let i = 0; i < count; i++) {
      const t = (i + 1) * 16;
      const lo = ring[t]!;
      const block = Number(mix(lo >> 5n, ring[t + 1]!) & 0xffff_ffffn) & blocksMask;
      sum ^= ids[(block << 5) + Number(lo & 31n)]!;
      const debit = findAccount(ring[t + 2]!, ring[t + 3]!);
      const credit = findAccount(ring[t + 4]!, ring[t + 5]!);
      places[i * 2] = debit;
      places[i * 2 + 1] = credit;
      sum ^= accounts[debit * 16 + 4]! ^ accounts[credit * 16 + 8]!;
    }
    places[8189 * 2] = Number(sum & 1n);
  }

  function overflows(aLo: bigint, aHi: bigint, bLo: bigint, bHi: bigint): boolean {
    const hi = u64(aHi + bHi);
    const carry = u64(aLo + bLo) < aLo ? 1n : 0n;
    return hi < aHi || u64(hi + carry) < hi;
  }

  function addTo(at: number, lo: bigint, hi: bigint): void {
    const sum = u64(accounts[at]! + lo);
    accounts[at] = sum;
    accounts[at + 1] = u64(accounts[at + 1]! + hi + (sum < lo ? 1n : 0n));
  }

  function putBalance(at: number, from: number): number {
    const hi = accounts[from + 1]!;
    stored.setBigUint64(at, accounts[from]!, true);
    if (hi !== 0n) {
      stored.setBigUint64(at + 8, hi, true);
      return 15;
    }
    const low = accounts32[from * 2]!;
    const high = accounts32[from * 2 + 1]!;
    return (71 - (high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low))) >> 3;
  }

  function putEvent(debit: number, credit: number): void {
    const start = control32[3]!;
    let head = 0;
    if ((accounts32[debit * 2 + 29]! >>> 16) & 32) head |= 64;
    if ((accounts32[credit * 2 + 29]! >>> 16) & 32) head |= 128;
    stored.setUint8(start, head);
    let at = start + 5;
    let lengths = 0;
    for (let k = 0; k < 8; k++) {
      const length = putBalance(at, k < 4 ? debit + 2 + k * 2 : credit + 2 + (k - 4) * 2);
      lengths |= length << (4 * k);
      at += length === 15 ? 16 : length;
    }
    stored.setUint32(start + 1, lengths, true);
    control32[3] = at;
  }

  function append(r: number, cell: bigint, debit: number, credit: number): void {
    const pos = control32[2]!;
    if (!spanOpen || cell !== nextCell) {
      const span = control32[4]! * 3;
      spans[span] = BigInt(pos);
      spans[span + 1] = cell;
      spans[span + 2] = rows[r + 15]!;
      control32[4] = control32[4]! + 1;
      spanOpen = true;
    }
    nextCell = u64(cell + 1n);
    if ((pos & 63) === 0) blocks[pos >>> 6] = control32[3]!;
    control32[2] = pos + 1;
    entries++;
    const lo = rows[r]!;
    const hi = rows[r + 1]!;
    if (hi < control[4]! || (hi === control[4]! && lo < control[3]!)) {
      control[3] = lo;
      control[4] = hi;
    }
    if (hi > control[6]! || (hi === control[6]! && lo > control[5]!)) {
      control[5] = lo;
      control[6] = hi;
    }
    columns[pos] = hash(lo, hi);
    columns[pos + COLUMN] = hash(rows[r + 2]!, rows[r + 3]!);
    columns[pos + 2 * COLUMN] = hash(rows[r + 4]!, rows[r + 5]!);
    columns[pos + 3 * COLUMN] = 0;
    columns[pos + 4 * COLUMN] = rows[r + 10] === 0n && rows[r + 11] === 0n ? 0 : hash(rows[r + 10]!, rows[r + 11]!);
    columns[pos + 5 * COLUMN] = rows[r + 12] === 0n ? 0 : hash(rows[r + 12]!, 0n);
    columns[pos + 6 * COLUMN] = rows32[r * 2 + 26] === 0 ? 0 : hash(BigInt(rows32[r * 2 + 26]!), 0n);
    columns[pos + 7 * COLUMN] = hash(BigInt(rows32[r * 2 + 28]!), 0n);
    columns[pos + 8 * COLUMN] = hash(BigInt(rows32[r * 2 + 29]! & 0xffff), 0n);
    putEvent(debit, credit);
  }

  function create(t: number, i: number, cell: bigint, timestamp: bigint): boolean {
    if (ring32[t * 2 + 29]! >>> 16 !== 0 || ring[t + 15] !== 0n) return false;
    const lo = ring[t]!;
    const hi = ring[t + 1]!;
    if ((lo === 0n && hi === 0n) || (lo === MAX && hi === MAX)) return false;
    if (locate(lo, hi) !== -1) return false;
    const drLo = ring[t + 2]!;
    const drHi = ring[t + 3]!;
    const crLo = ring[t + 4]!;
    const crHi = ring[t + 5]!;
    if ((drLo === 0n && drHi === 0n) || (drLo === MAX && drHi === MAX)) return false;
    if ((crLo === 0n && crHi === 0n) || (crLo === MAX && crHi === MAX)) return false;
    if (drLo === crLo && drHi === crHi) return false;
    if (ring[t + 8] !== 0n || ring[t + 9] !== 0n || ring32[t * 2 + 27] !== 0) return false;
    const ledger = ring32[t * 2 + 28]!;
    if (ledger === 0 || (ring32[t * 2 + 29]! & 0xffff) === 0) return false;
    const debit = places[i * 2]! * 16;
    const credit = places[i * 2 + 1]! * 16;
    if (debit === 0 || credit === 0) return false;
    if (accounts32[debit * 2 + 28] !== accounts32[credit * 2 + 28] || accounts32[debit * 2 + 28] !== ledger)
      return false;
    if (((accounts32[debit * 2 + 29]! | accounts32[credit * 2 + 29]!) >>> 16) & (2 | 4 | 32)) return false;
    const amountLo = ring[t + 6]!;
    const amountHi = ring[t + 7]!;
    const debitsLo = u64(accounts[debit + 2]! + accounts[debit + 4]!);
    const debitsHi = u64(accounts[debit + 3]! + accounts[debit + 5]! + (debitsLo < accounts[debit + 2]! ? 1n : 0n));
    const creditsLo = u64(accounts[credit + 6]! + accounts[credit + 8]!);
    const creditsHi = u64(
      accounts[credit + 7]! + accounts[credit + 9]! + (creditsLo < accounts[credit + 6]! ? 1n : 0n),
    );
    if (overflows(amountLo, amountHi, accounts[debit + 4]!, accounts[debit + 5]!)) return false;
    if (overflows(amountLo, amountHi, accounts[credit + 8]!, accounts[credit + 9]!)) return false;
    if (overflows(amountLo, amountHi, debitsLo, debitsHi)) return false;
    if (overflows(amountLo, amountHi, creditsLo, creditsHi)) return false;

    ids[insertAt] = (insertTag << 41n) | BigInt(entries + 1);
    const r = (entries & rowsMask) * 16;
    for (let word = 0; word < 15; word++) rows[r + word] = ring[t + word]!;
    rows[r + 15] = timestamp;
    addTo(debit + 4, amountLo, amountHi);
    addTo(credit + 8, amountLo, amountHi);
    append(r, cell, debit, credit);
    return true;
  }

  return () => {
    if (state32[StateOffset.generation / 4] !== generation) follow();
    const count = ring32[13]!;
    const first = ring[2]! - BigInt(count) + 1n;
    const cell = ring[3]! + 1n;
    entries = Number(state[0]!);
    spanOpen = false;
    touch(count);
    for (let i = 0; i < count; i++) {
      const timestamp = u64(first + BigInt(i));
      if (!create((i + 1) * 16, i, cell + BigInt(i), timestamp)) throw new Error(`event ${i} was not created`);
      replies[i * 2] = timestamp;
      replies[i * 2 + 1] = 0xffff_ffffn;
    }
    state[0] = BigInt(entries);
  };
}
