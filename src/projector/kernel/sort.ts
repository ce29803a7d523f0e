/**
 * A column of hashes becomes an inverted index: a directory of the hashes' top 14 bits, and items `tag << 20 | pos`
 * (tag: the next 12 bits). Two passes, count and place, each in pieces, so that the builder can let other threads run
 * between them. Within a slot, items stay in order of position: a reader scans the few cache lines anyway. Only slots
 * that are too large to be read at once are sorted by tag.
 */
import { DIRECTORY_SLOTS as SLOTS } from './gen';

const TAGS: u32 = 4096;

/**
 * The hash of all entries, if they have the same, 0 included; -1 if they have not. `column`: u32[count], 16-byte
 * aligned, count > 0.
 */
export function sameHash(column: usize, count: u32): i64 {
  const first = load<u32>(column);
  const wanted = i32x4.splat(first);
  const end = column + (<usize>count << 2);
  let at = column;
  for (; at + 64 <= end; at += 64) {
    const low = v128.and(i32x4.eq(v128.load(at), wanted), i32x4.eq(v128.load(at, 16), wanted));
    const high = v128.and(i32x4.eq(v128.load(at, 32), wanted), i32x4.eq(v128.load(at, 48), wanted));
    if (!i32x4.all_true(v128.and(low, high))) return -1;
  }
  for (; at < end; at += 4) if (load<u32>(at) != first) return -1;
  return <i64>first;
}

/**
 * Counts the hashes of entries `from`..`to` of `column`: u32[]. `directory`: u32[16385], emptied when `from` is 0. All
 * entries, in order, before {@link sortPlaces}.
 */
export function sortCount(column: usize, from: u32, to: u32, directory: usize): void {
  if (from == 0) memory.fill(directory, 0, (SLOTS + 1) << 2);
  const end = column + (<usize>to << 2);
  for (let at = column + (<usize>from << 2); at < end; at += 4) {
    const hash = load<u32>(at);
    if (hash != 0) {
      const slot = directory + (<usize>(hash >> 18) << 2);
      store<u32>(slot, load<u32>(slot, 4) + 1, 4);
    }
  }
}

/**
 * Makes places of counts: directory[s + 1] becomes the place of the next item of slot s; when all are placed, it is the
 * end of s and the start of s + 1. Returns the size of the largest slot.
 */
export function sortPlaces(directory: usize): u32 {
  let total: u32 = 0;
  let most: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const at = directory + (<usize>slot << 2);
    const n = load<u32>(at, 4);
    store<u32>(at, total, 4);
    total += n;
    if (n > most) most = n;
  }
  return most;
}

/**
 * Places the items of entries `from`..`to` in `items`: u32[]. All entries, in order. A hash of 0 is not indexed:
 * directory[16384] is then the number of items.
 */
export function sortPlace(column: usize, from: u32, to: u32, directory: usize, items: usize): void {
  const end = column + (<usize>to << 2);
  let pos = from;
  for (let at = column + (<usize>from << 2); at < end; at += 4, pos++) {
    const hash = load<u32>(at);
    if (hash != 0) {
      const slot = directory + (<usize>(hash >> 18) << 2);
      const place = load<u32>(slot, 4);
      store<u32>(slot, place + 1, 4);
      store<u32>(items + (<usize>place << 2), (((hash >> 6) & 0xfff) << 20) | pos);
    }
  }
}

/**
 * Slots of more than `unorderedMax` items, from `slot` on, are put in order of tag and position. `spare`: u32[count +
 * 4096]. Stops behind the first one, and returns the slot to go on with; 16384 when that was the last.
 */
export function sortNextSlot(directory: usize, slot: u32, items: usize, spare: usize, unorderedMax: u32): u32 {
  let from = load<u32>(directory + (<usize>slot << 2));
  while (slot < SLOTS) {
    const to = load<u32>(directory + (<usize>slot << 2), 4);
    slot++;
    if (to - from > unorderedMax) {
      sortSlot(items + (<usize>from << 2), to - from, spare);
      break;
    }
    from = to;
  }
  return slot;
}

function sortSlot(items: usize, count: u32, spare: usize): void {
  const end = items + (<usize>count << 2);
  let at = items + 4;
  while (at < end && load<u32>(at - 4) < load<u32>(at)) at += 4;
  if (at >= end) return; // as when a slot holds one tag
  const sorted = spare + (TAGS << 2);
  memory.fill(spare, 0, TAGS << 2);
  for (at = items; at < end; at += 4) {
    const counter = spare + (<usize>(load<u32>(at) >> 20) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let total: u32 = 0;
  for (let tag: u32 = 0; tag < TAGS; tag++) {
    const counter = spare + (<usize>tag << 2);
    const n = load<u32>(counter);
    store<u32>(counter, total);
    total += n;
  }
  for (at = items; at < end; at += 4) {
    const item = load<u32>(at);
    const counter = spare + (<usize>(item >> 20) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u32>(sorted + (<usize>place << 2), item);
  }
  memory.copy(items, sorted, <usize>count << 2);
}
