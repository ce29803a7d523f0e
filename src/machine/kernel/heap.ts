/** The heap of open pending transfers that expire, and which of them is next. */
import * as m from "./memory";
import * as n from "./names";
import { pending } from "./rows";

const HEAP_ITEM: usize = 24;

/** An item of the heap. It is dead when its record is not that entry any more, or not open. */
@unmanaged class HeapItem {
  expires: u64;
  entry: u64;
  place: u32;
}

// Heap of (expires, entry) with lazy deletion. Dead items are pruned only between batches, because a broken chain may
// bring a record back to life.

@inline function item(at: u32): HeapItem {
  return changetype<HeapItem>(m.HEAP + (at as usize) * HEAP_ITEM);
}

@inline function before(a: HeapItem, b: HeapItem): bool {
  return a.expires < b.expires || (a.expires == b.expires && a.entry < b.entry);
}

@inline function alive(at: HeapItem): bool {
  const p = pending(at.place);
  return p.state == n.KIND_PENDING && p.entry == at.entry && p.expires == at.expires;
}

export function pushHeap(expires: u64, entry: u64, place: u32): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT);
  let at = count;
  const last = item(count);
  last.expires = expires;
  last.entry = entry;
  last.place = place;
  store<u32>(m.STATE, count + 1, m.S_HEAP_COUNT);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item(at), item(parent))) break;
    swap(item(at), item(parent));
    at = parent;
  }
  if (at == 0) store<u64>(m.STATE, expires, m.S_EXPIRES_NEXT);
}

@inline function swap(a: HeapItem, b: HeapItem): void {
  const expires = a.expires, entry = a.entry, place = a.place;
  a.expires = b.expires;
  a.entry = b.entry;
  a.place = b.place;
  b.expires = expires;
  b.entry = entry;
  b.place = place;
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
export function pruneHeap(): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (alive(item(i))) {
      if (i != kept) memory.copy(changetype<usize>(item(kept)), changetype<usize>(item(i)), HEAP_ITEM);
      kept++;
    }
  }
  store<u32>(m.STATE, kept, m.S_HEAP_COUNT);
  for (let i: i32 = ((kept >> 1) as i32) - 1; i >= 0; i--) sift(i as u32, kept);
  publishNext();
}

export function publishNext(): void {
  const isEmpty = load<u32>(m.STATE, m.S_HEAP_COUNT) == 0;
  store<u64>(m.STATE, isEmpty ? m.U64_MAX : item(0).expires, m.S_EXPIRES_NEXT);
}

function popHeap(): void {
  const count = load<u32>(m.STATE, m.S_HEAP_COUNT) - 1;
  store<u32>(m.STATE, count, m.S_HEAP_COUNT);
  if (count > 0) {
    memory.copy(m.HEAP, changetype<usize>(item(count)), HEAP_ITEM);
    sift(0, count);
  }
}

/**
 * Takes the next open pending transfer that expires at or before `now` from the heap; 0 when there is none. Forgets
 * dead items on the way.
 */
export function popExpired(now: u64): u32 {
  while (load<u32>(m.STATE, m.S_HEAP_COUNT) > 0) {
    const isAlive = alive(item(0));
    if (isAlive && item(0).expires > now) break;
    const place = item(0).place;
    popHeap();
    if (isAlive) {
      publishNext();
      return place;
    }
  }
  publishNext();
  return 0;
}
