/** The heap of open pending transfers that expire, and which of them is next. */
import * as g from "./gen";
import { HeapItem } from "./gen";
import * as m from "./memory";
import { pending } from "./rows";

// Heap of (expires, entry) with lazy deletion. Dead items are pruned only between batches, because a broken chain may
// bring a record back to life.

@inline function item(at: u32): HeapItem {
  return changetype<HeapItem>(m.HEAP + (at as usize) * g.HEAP_ITEM_SIZE);
}

@inline function before(a: HeapItem, b: HeapItem): bool {
  return a.expires < b.expires || (a.expires == b.expires && a.entry < b.entry);
}

@inline function alive(at: HeapItem): bool {
  const p = pending(at.place);
  return p.state == g.KIND_PENDING && p.entry == at.entry && p.expires == at.expires;
}

export function pushHeap(expires: u64, entry: u64, place: u32): void {
  const count = m.state.heap_count;
  let at = count;
  const last = item(count);
  last.expires = expires;
  last.entry = entry;
  last.place = place;
  m.state.heap_count = count + 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item(at), item(parent))) break;
    swap(item(at), item(parent));
    at = parent;
  }
  if (at == 0) m.state.expires_next = expires;
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
  const count = m.state.heap_count;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (alive(item(i))) {
      if (i != kept) memory.copy(changetype<usize>(item(kept)), changetype<usize>(item(i)), g.HEAP_ITEM_SIZE);
      kept++;
    }
  }
  m.state.heap_count = kept;
  for (let i: i32 = ((kept >> 1) as i32) - 1; i >= 0; i--) sift(i as u32, kept);
  publishNext();
}

export function publishNext(): void {
  const isEmpty = m.state.heap_count == 0;
  m.state.expires_next = isEmpty ? g.U64_MAX : item(0).expires;
}

function popHeap(): void {
  const count = m.state.heap_count - 1;
  m.state.heap_count = count;
  if (count > 0) {
    memory.copy(m.HEAP, changetype<usize>(item(count)), g.HEAP_ITEM_SIZE);
    sift(0, count);
  }
}

/**
 * Takes the next open pending transfer that expires at or before `now` from the heap; 0 when there is none. Forgets
 * dead items on the way.
 */
export function popExpired(now: u64): u32 {
  while (m.state.heap_count > 0) {
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
