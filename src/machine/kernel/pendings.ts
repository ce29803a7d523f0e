/**
 * Pending transfers: a slab of 160-byte records, an index by transfer id, and a heap of the open ones that expire.
 * A record outlives its resolution until its place is needed, so that a late post hears its status from memory; after that the
 * runs know. Place 0 is never used.
 *
 * Record: 0 the stored transfer (128 bytes), 128 entry u64, 136 expires at u64 (0: never), 144 debit account's place u32,
 * 148 credit account's place u32, 152 state u32 (0 free, KIND_PENDING open, else the kind of entry that ended it), 156 next free u32.
 */
import { copy128 } from "./copy";
import * as g from "./gen";
import { mix } from "./hash";
import { beforePending } from "./image";
import * as m from "./memory";
import * as n from "./names";

export const P_ENTRY: usize = 128;
export const P_EXPIRES: usize = 136;
export const P_DEBIT: usize = 144;
export const P_CREDIT: usize = 148;
export const P_STATE: usize = 152;
const P_NEXT: usize = 156;
const HEAP_ITEM: usize = 24;

@inline export function pending(place: u32): usize {
  return m.PENDINGS + (place as usize) * m.PENDING_SIZE;
}

@inline function slotAt(at: u32): usize {
  return m.PENDING_INDEX + ((at as usize) << 2);
}

@inline function indexMask(): u32 {
  return (1 << load<u32>(m.STATE, m.S_PENDING_INDEX_LOG2)) - 1;
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
      if (load<u64>(p) == lo && load<u64>(p, 8) == hi) return slot & 0xffffff;
    }
    at = (at + 1) & mask;
  }
}

function index(place: u32): void {
  const p = pending(place);
  const mask = indexMask();
  const x = mix(load<u64>(p), load<u64>(p, 8));
  let at = (x as u32) & mask;
  while (load<u32>(slotAt(at)) != 0) at = (at + 1) & mask;
  store<u32>(slotAt(at), (((x >> 56) as u32) << 24) | place);
}

/** Removes a record from the index, moving later ones of its cluster back so that no probe stops short. */
function unindex(place: u32): void {
  const mask = indexMask();
  const p = pending(place);
  let hole = (mix(load<u64>(p), load<u64>(p, 8)) as u32) & mask;
  while ((load<u32>(slotAt(hole)) & 0xffffff) != place) hole = (hole + 1) & mask;
  let at = (hole + 1) & mask;
  while (true) {
    const slot = load<u32>(slotAt(at));
    if (slot == 0) break;
    const q = pending(slot & 0xffffff);
    const home = (mix(load<u64>(q), load<u64>(q, 8)) as u32) & mask;
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
  store<u32>(m.STATE, log2, m.S_PENDING_INDEX_LOG2);
  const count = load<u32>(m.STATE, m.S_PENDINGS_COUNT);
  for (let place: u32 = 1; place <= count; place++) if (load<u32>(pending(place), P_STATE) != 0) index(place);
}

@inline function add(field: usize, delta: i32): void {
  store<u32>(m.STATE + field, load<u32>(m.STATE + field) + delta);
}

function free(place: u32): void {
  const p = pending(place);
  beforePending(p);
  store<u32>(p, 0, P_STATE);
  store<u32>(p, load<u32>(m.STATE, m.S_FREE_HEAD), P_NEXT);
  store<u32>(m.STATE, place, m.S_FREE_HEAD);
}

function allocate(): u32 {
  const head = load<u32>(m.STATE, m.S_FREE_HEAD);
  if (head != 0) {
    store<u32>(m.STATE, load<u32>(pending(head), P_NEXT), m.S_FREE_HEAD);
    return head;
  }
  const place = load<u32>(m.STATE, m.S_PENDINGS_COUNT) + 1;
  assert(place <= m.PENDINGS_MAX);
  store<u32>(m.STATE, place, m.S_PENDINGS_COUNT);
  const log2 = load<u32>(m.STATE, m.S_PENDING_INDEX_LOG2);
  if (place > (1 << log2) >> 1) growIndex(log2 + 1);
  return place;
}

/** A pending transfer was stored. `stored` is its row. */
export function makePending(stored: usize, entry: u64, debit: u32, credit: u32): u32 {
  const place = allocate();
  const p = pending(place);
  beforePending(p);
  copy128(p, stored);
  const timeout = load<u32>(stored, g.TRANSFER_TIMEOUT) as u64;
  const expires: u64 = timeout == 0 ? 0 : load<u64>(stored, g.TRANSFER_TIMESTAMP) + timeout * 1000000000;
  store<u64>(p, entry, P_ENTRY);
  store<u64>(p, expires, P_EXPIRES);
  store<u32>(p, debit, P_DEBIT);
  store<u32>(p, credit, P_CREDIT);
  store<u32>(p, n.KIND_PENDING, P_STATE);
  index(place);
  add(m.S_PENDINGS_OPEN, 1);
  if (expires != 0) pushHeap(expires, entry, place);
  return place;
}

/** A chain that made it was broken; its heap item is dead from now on. */
export function unmakePending(place: u32): void {
  unindex(place);
  free(place);
  add(m.S_PENDINGS_OPEN, -1);
}

/** Ends an open pending transfer. The oldest ended ones make room. */
export function resolve(place: u32, kind: u32): void {
  const p = pending(place);
  beforePending(p);
  store<u32>(p, kind, P_STATE);
  add(m.S_PENDINGS_OPEN, -1);
  const tail = load<u32>(m.STATE, m.S_RESOLVED_TAIL);
  store<u32>(m.RESOLVED + (((tail & m.RESOLVED_MASK) as usize) << 2), place);
  store<u32>(m.STATE, tail + 1, m.S_RESOLVED_TAIL);
}

/** A chain that resolved it was broken: `resolve` has kept what it was. */
export function unresolve(place: u32): void {
  store<u32>(pending(place), n.KIND_PENDING, P_STATE);
  add(m.S_PENDINGS_OPEN, 1);
  add(m.S_RESOLVED_TAIL, -1);
}

/** Between batches: forgets the oldest resolved records beyond those that are kept, and dead heap items. */
export function tidyPendings(): void {
  let head = load<u32>(m.STATE, m.S_RESOLVED_HEAD);
  while (load<u32>(m.STATE, m.S_RESOLVED_TAIL) - head > m.RESOLVED_KEPT) {
    const place = load<u32>(m.RESOLVED + (((head & m.RESOLVED_MASK) as usize) << 2));
    unindex(place);
    free(place);
    head++;
  }
  store<u32>(m.STATE, head, m.S_RESOLVED_HEAD);
  const items = load<u32>(m.STATE, m.S_HEAP_COUNT);
  if (items >= 16384 && items >= load<u32>(m.STATE, m.S_PENDINGS_OPEN) * 2) pruneHeap();
}

// Heap of (expires, entry) with lazy deletion: an item whose record is not that entry, open, is dead. Pruned only between batches,
// because a broken chain may bring a record back to life.

@inline function item(at: u32): usize {
  return m.HEAP + (at as usize) * HEAP_ITEM;
}

@inline function before(a: usize, b: usize): bool {
  const x = load<u64>(a), y = load<u64>(b);
  return x < y || (x == y && load<u64>(a, 8) < load<u64>(b, 8));
}

@inline function alive(at: usize): bool {
  const p = pending(load<u32>(at, 16));
  return load<u32>(p, P_STATE) == n.KIND_PENDING && load<u64>(p, P_ENTRY) == load<u64>(at, 8) && load<u64>(p, P_EXPIRES) == load<u64>(at);
}

function pushHeap(expires: u64, entry: u64, place: u32): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT);
  let at = count;
  const last = item(count);
  store<u64>(last, expires);
  store<u64>(last, entry, 8);
  store<u32>(last, place, 16);
  store<u32>(m.STATE, count + 1, m.S_HEAP_COUNT);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item(at), item(parent))) break;
    swap(item(at), item(parent));
    at = parent;
  }
  if (at == 0) store<u64>(m.STATE, expires, m.S_EXPIRES_NEXT);
}

@inline function swap(a: usize, b: usize): void {
  const x = load<u64>(a), y = load<u64>(a, 8), z = load<u32>(a, 16);
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u32>(a, load<u32>(b, 16), 16);
  store<u64>(b, x);
  store<u64>(b, y, 8);
  store<u32>(b, z, 16);
}

function sift(from: u32, count: u32): void {
  let at = from;
  while (true) {
    let child = at * 2 + 1;
    if (child >= count) return;
    if (child + 1 < count && before(item(child + 1), item(child))) child++;
    if (!before(item(child), item(at))) return;
    swap(item(child), item(at));
    at = child;
  }
}

/** Drops dead items and heapifies the rest. */
function pruneHeap(): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (alive(item(i))) {
      if (i != kept) memory.copy(item(kept), item(i), HEAP_ITEM);
      kept++;
    }
  }
  store<u32>(m.STATE, kept, m.S_HEAP_COUNT);
  for (let i: i32 = ((kept >> 1) as i32) - 1; i >= 0; i--) sift(i as u32, kept);
  publishNext();
}

function publishNext(): void {
  store<u64>(m.STATE, load<u32>(m.STATE, m.S_HEAP_COUNT) == 0 ? m.U64_MAX : load<u64>(m.HEAP), m.S_EXPIRES_NEXT);
}

function popHeap(): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT) - 1;
  store<u32>(m.STATE, count, m.S_HEAP_COUNT);
  if (count > 0) {
    memory.copy(m.HEAP, item(count), HEAP_ITEM);
    sift(0, count);
  }
}

/** Takes the next open pending transfer that expires at or before `now` from the heap; 0 when there is none. Forgets dead items on the way. */
export function popExpired(now: u64): u32 {
  while (load<u32>(m.STATE, m.S_HEAP_COUNT) > 0) {
    const isAlive = alive(m.HEAP);
    if (isAlive && load<u64>(m.HEAP) > now) break;
    const place = load<u32>(m.HEAP, 16);
    popHeap();
    if (isAlive) {
      publishNext();
      return place;
    }
  }
  publishNext();
  return 0;
}

/** After a snapshot was read back: only open records count; index, heap and free list are functions of the slab. */
export function rebuildPendings(log2Min: u32): void {
  const count = load<u32>(m.STATE, m.S_PENDINGS_COUNT);
  store<u32>(m.STATE, 0, m.S_FREE_HEAD);
  store<u32>(m.STATE, 0, m.S_RESOLVED_HEAD);
  store<u32>(m.STATE, 0, m.S_RESOLVED_TAIL);
  store<u32>(m.STATE, 0, m.S_HEAP_COUNT);
  for (let place = count; place > 0; place--) if (load<u32>(pending(place), P_STATE) != n.KIND_PENDING) free(place);
  let log2 = log2Min;
  while (count > (1 << log2) >> 1) log2++;
  growIndex(log2);
  for (let place: u32 = 1; place <= count; place++) {
    const p = pending(place);
    const expires = load<u64>(p, P_EXPIRES);
    if (load<u32>(p, P_STATE) == n.KIND_PENDING && expires != 0) pushHeap(expires, load<u64>(p, P_ENTRY), place);
  }
  publishNext();
}
