/**
 * Transfer ids, exactly once. Two tables, current and previous, know every id of recent entries; older entries are in
 * runs, whose filters are asked before the host. A table is an array of 256-byte blocks of 32 slots; the block is
 * chosen by hash(id >> 5) and the place in it by id & 31, so 32 consecutive ids touch one block, and scattered ids cost
 * one block each.
 *
 * Slot: tag (23 bits) | burnt (1) | entry + 1 (40). A slot whose entry is below the table's floor is empty: a rotation
 * clears nothing.
 */
import * as g from "./gen";
import { filterMayHold } from "../../base/kernel/filter";
import { RunRecord } from "./gen";
import { findCold, rowOf } from "./host";
import { mix } from "./hash";
import * as m from "./memory";

const ENTRY_MASK: u64 = 0xffffffffff;
const BURNT: u64 = 1 << 40;

/** Set by `locate`. */
export let foundBurnt: bool = false;
let insertAt: usize = 0;
let insertTag: u64 = 0;

@inline function blockOf(lo: u64, hi: u64): u64 {
  return mix(lo >> 5, hi);
}

/** Loads the cache lines that `locate` will need. */
@inline export function touchId(table: usize, lo: u64, hi: u64): u64 {
  return load<u64>(table + ((blockOf(lo, hi) & m.ID_BLOCKS_MASK) << 8) as usize + (((lo as usize) & 31) << 3));
}

/** Where the floor of a table lies: entries below it are not in the table. */
@inline export function floorOf(table: u32): usize {
  return changetype<usize>(m.state) + g.STATE_ID_FLOORS + (table << 3);
}

export function currentTable(): usize {
  return m.state.id_table == 0 ? m.ID_TABLE_0 : m.ID_TABLE_1;
}

/** The previous table, or the current one again as long as no id is in the previous one. */
export function previousTable(): usize {
  const current = m.state.id_table;
  if (load<u64>(floorOf(current ^ 1)) == load<u64>(floorOf(current))) return currentTable();
  return current == 0 ? m.ID_TABLE_1 : m.ID_TABLE_0;
}

/** The row of an entry known to exist: in the ring of rows, or read by the host into `cold`. */
@inline export function row(entry: u64, cold: usize): usize {
  if (m.state.entries - entry <= m.ROWS_TRUSTED && entry >= m.state.rows_first)
    return m.ROWS + ((entry & m.ROWS_MASK) << 7) as usize;
  assert(entry < m.state.entries);
  rowOf(entry, cold);
  return cold;
}

/** Searches one table; returns the row's address or 0. Leaves the first empty slot in insertAt. */
@inline function search(table: usize, floor: u64, x: u64, tag: u64, lo: u64, hi: u64, cold: usize): usize {
  let block = x & m.ID_BLOCKS_MASK;
  const start = (lo as usize) & 31;
  while (true) {
    const base = table + (block << 8) as usize;
    for (let k: usize = 0; k < 32; k++) {
      const at = base + (((start + k) & 31) << 3);
      const slot = load<u64>(at);
      const entry = slot & ENTRY_MASK;
      if (entry <= floor) {
        insertAt = at;
        return 0;
      }
      if (slot >> 41 == tag) {
        const found = row(entry - 1, cold);
        if (load<u64>(found) == lo && load<u64>(found, 8) == hi) {
          foundBurnt = (slot & BURNT) != 0;
          return found;
        }
      }
    }
    block = (block + ((x >> 32) | 1)) & m.ID_BLOCKS_MASK;
  }
}

/**
 * The stored row with this id, or 0; `foundBurnt` tells a burnt id from a stored transfer. Rows that have left memory
 * are read into `cold`. Remembers where `insert` would put the id: call it for the same id before anything else changes
 * the tables.
 */
export function locate(lo: u64, hi: u64, cold: usize): usize {
  const x = blockOf(lo, hi);
  const tag = (x >> 41) ^ ((lo & 31) << 18);
  const current = m.state.id_table;
  const table = current == 0 ? m.ID_TABLE_0 : m.ID_TABLE_1;
  const previous = current == 0 ? m.ID_TABLE_1 : m.ID_TABLE_0;
  const floor = load<u64>(floorOf(current));
  const floorPrevious = load<u64>(floorOf(current ^ 1));
  insertTag = tag;
  if (floorPrevious < floor) {
    const found = search(previous, floorPrevious, x, tag, lo, hi, cold);
    if (found != 0) return found;
  }
  const found = search(table, floor, x, tag, lo, hi, cold);
  if (found != 0) return found;
  return floorPrevious > 0 ? locateCold(lo, hi, floorPrevious, cold) : 0;
}

/** Entries below `floor` are all in published runs. */
function locateCold(lo: u64, hi: u64, floor: u64, cold: usize): usize {
  const s = m.state;
  if (less(s.cold_id_max_lo, s.cold_id_max_hi, lo, hi)) return 0;
  if (less(lo, hi, s.cold_id_min_lo, s.cold_id_min_hi)) return 0;
  const count = s.runs_count;
  for (let r: u32 = 0; r < count; r++) {
    const run = changetype<RunRecord>(m.RUNS + (r as usize) * g.RUN_RECORD_SIZE);
    if (run.first_entry >= floor) break;
    if (less(lo, hi, run.id_min_lo, run.id_min_hi)) continue;
    if (less(run.id_max_lo, run.id_max_hi, lo, hi)) continue;
    const blocks = run.blocks; // 0: there was no room for the filter.
    if (blocks == 0 || filterMayHold(run.filter, blocks, lo, hi)) {
      const answer = findCold(lo, hi, cold);
      foundBurnt = answer == g.COLD_BURNT;
      return answer == g.COLD_UNKNOWN ? 0 : cold;
    }
  }
  return 0;
}

@inline function less(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  return aHi < bHi || (aHi == bHi && aLo < bLo);
}

/** Remembers the id that `locate` has just not found. Returns the slot, whose undoing is to make it zero. */
@inline export function insert(entry: u64, burnt: bool): usize {
  assert((load<u64>(insertAt) & ENTRY_MASK) <= entry);
  store<u64>(insertAt, (insertTag << 41) | (burnt ? BURNT : 0) | (entry + 1));
  m.state.id_count = m.state.id_count + 1;
  return insertAt;
}

@inline export function forget(slot: usize): void {
  assert(load<u64>(slot) != 0 && m.state.id_count > 0);
  store<u64>(slot, 0);
  m.state.id_count = m.state.id_count - 1;
}

/** Makes the current table the previous one. Every entry below the new previous floor must be in a published run. */
export function rotateIds(): void {
  const current = m.state.id_table ^ 1;
  m.state.id_table = current;
  m.state.id_count = 0;
  store<u64>(floorOf(current), m.state.entries);
}
