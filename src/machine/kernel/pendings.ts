/**
 * Pending transfers: a slab of records, an index by transfer id, and a heap of the open ones that expire. A record
 * outlives its resolution until its place is needed, so that a late post hears its status from memory; after that the
 * runs know. Place 0 is never used.
 */
import { copy128 } from "./copy";
import * as g from "./gen";
import { Pending } from "./gen";
import { mix } from "./hash";
import { publishNext, pruneHeap, pushHeap } from "./heap";
import { beforePending } from "./image";
import * as m from "./memory";
import { pending } from "./rows";

const NANOSECONDS: u64 = 1_000_000_000;

@inline function slotAt(at: u32): usize {
  return m.PENDING_INDEX + ((at as usize) << 2);
}

@inline function indexMask(): u32 {
  return (1 << m.state.pending_index_log2) - 1;
}

/** Loads the index line that `findPending` will need. */
@inline export function touchPending(lo: u64, hi: u64): u64 {
  return load<u32>(slotAt((mix(lo, hi) as u32) & indexMask())) as u64;
}

@inline export function findPending(lo: u64, hi: u64): u32 {
  const mask = indexMask();
  const x = mix(lo, hi);
  const tag = (x >> 56) as u32;
  let at = (x as u32) & mask;
  while (true) {
    const slot = load<u32>(slotAt(at));
    if (slot == 0) return 0;
    if (slot >> 24 == tag) {
      const p = pending(slot & 0xffffff);
      if (p.id_lo == lo && p.id_hi == hi) return slot & 0xffffff;
    }
    at = (at + 1) & mask;
  }
}

function index(place: u32): void {
  const p = pending(place);
  const mask = indexMask();
  const x = mix(p.id_lo, p.id_hi);
  let at = (x as u32) & mask;
  while (load<u32>(slotAt(at)) != 0) at = (at + 1) & mask;
  store<u32>(slotAt(at), (((x >> 56) as u32) << 24) | place);
}

/** Removes a record from the index, moving later ones of its cluster back so that no probe stops short. */
function unindex(place: u32): void {
  const mask = indexMask();
  const p = pending(place);
  let hole = (mix(p.id_lo, p.id_hi) as u32) & mask;
  while ((load<u32>(slotAt(hole)) & 0xffffff) != place) {
    assert(load<u32>(slotAt(hole)) != 0); // It is in the index.
    hole = (hole + 1) & mask;
  }
  let at = (hole + 1) & mask;
  while (true) {
    const slot = load<u32>(slotAt(at));
    if (slot == 0) break;
    const q = pending(slot & 0xffffff);
    const home = (mix(q.id_lo, q.id_hi) as u32) & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      store<u32>(slotAt(hole), slot);
      hole = at;
    }
    at = (at + 1) & mask;
  }
  store<u32>(slotAt(hole), 0);
}

function growIndex(log2: u32): void {
  memory.fill(m.PENDING_INDEX, 0, (4 as usize) << log2);
  m.state.pending_index_log2 = log2;
  const count = m.state.pendings_count;
  assert(count <= (1 << log2) >> 1);
  for (let place: u32 = 1; place <= count; place++) if (pending(place).state != 0) index(place);
}

function free(place: u32): void {
  const p = pending(place);
  assert(place != 0);
  beforePending(changetype<usize>(p));
  p.state = 0;
  p.next = m.state.free_head;
  m.state.free_head = place;
}

function allocate(): u32 {
  const head = m.state.free_head;
  if (head != 0) {
    assert(pending(head).state == 0);
    m.state.free_head = pending(head).next;
    return head;
  }
  const place = m.state.pendings_count + 1;
  assert(place <= m.PENDINGS_MAX);
  m.state.pendings_count = place;
  const log2 = m.state.pending_index_log2;
  if (place > (1 << log2) >> 1) growIndex(log2 + 1);
  return place;
}

/** A pending transfer was stored. `stored` is its row. */
export function makePending(stored: usize, entry: u64, debit: u32, credit: u32): u32 {
  const place = allocate();
  const p = pending(place);
  beforePending(changetype<usize>(p));
  copy128(changetype<usize>(p), stored);
  p.entry = entry;
  p.expires = p.timeout == 0 ? 0 : p.timestamp + (p.timeout as u64) * NANOSECONDS;
  assert(p.expires == 0 || p.expires > p.timestamp);
  p.debit = debit;
  p.credit = credit;
  p.state = g.KIND_PENDING;
  index(place);
  m.state.pendings_open++;
  if (p.expires != 0) pushHeap(p.expires, entry, place);
  return place;
}

/** A chain that made it was broken; its heap item is dead from now on. */
export function unmakePending(place: u32): void {
  assert(pending(place).state == g.KIND_PENDING);
  unindex(place);
  free(place);
  m.state.pendings_open--;
}

/** Ends an open pending transfer. The oldest ended ones make room. */
export function resolve(place: u32, kind: u32): void {
  const p = pending(place);
  assert(p.state == g.KIND_PENDING && kind != g.KIND_PENDING);
  assert(m.state.pendings_open > 0);
  beforePending(changetype<usize>(p));
  p.state = kind;
  m.state.pendings_open--;
  const tail = m.state.resolved_tail;
  store<u32>(m.RESOLVED + (((tail & m.RESOLVED_MASK) as usize) << 2), place);
  m.state.resolved_tail = tail + 1;
}

/** A chain that resolved it was broken: `resolve` has kept what it was. */
export function unresolve(place: u32): void {
  const p = pending(place);
  assert(p.state != 0 && p.state != g.KIND_PENDING);
  p.state = g.KIND_PENDING;
  m.state.pendings_open++;
  m.state.resolved_tail--;
}

/** Between batches: forgets the oldest resolved records beyond those that are kept, and dead heap items. */
export function tidyPendings(): void {
  let head = m.state.resolved_head;
  while (m.state.resolved_tail - head > m.RESOLVED_KEPT) {
    const place = load<u32>(m.RESOLVED + (((head & m.RESOLVED_MASK) as usize) << 2));
    assert(pending(place).state != g.KIND_PENDING);
    unindex(place);
    free(place);
    head++;
  }
  m.state.resolved_head = head;
  const items = m.state.heap_count;
  if (items >= 16384 && items >= m.state.pendings_open * 2) pruneHeap();
}

/** After a snapshot was read back: only open records count; index, heap and free list are functions of the slab. */
export function rebuildPendings(log2Min: u32): void {
  const count = m.state.pendings_count;
  m.state.free_head = 0;
  m.state.resolved_head = 0;
  m.state.resolved_tail = 0;
  m.state.heap_count = 0;
  let open: u32 = 0;
  for (let place = count; place > 0; place--) {
    if (pending(place).state == g.KIND_PENDING) open++;
    else free(place);
  }
  m.state.pendings_open = open;
  let log2 = log2Min;
  while (count > (1 << log2) >> 1) log2++;
  growIndex(log2);
  for (let place: u32 = 1; place <= count; place++) {
    const p = pending(place);
    if (p.state == g.KIND_PENDING && p.expires != 0) pushHeap(p.expires, p.entry, place);
  }
  publishNext();
}
