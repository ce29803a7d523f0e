/**
 * A column of hashes becomes an inverted index: a directory of the hashes' top 16 bits, and items `tag << 20 | pos` (tag: the next
 * 12 bits) that ascend within each slot of the directory. Two passes: count, scatter. Positions come in ascending, so a slot that holds
 * one tag is in order at once; a small slot of several is sorted by insertion, a big one by counting its tags.
 */
const SLOTS: u32 = 65536;
const TAGS: u32 = 4096;
const INSERTION_MAX: u32 = 64;

/**
 * `column`: u32[count]. `directory`: u32[65537]. `items`: u32[count]. `spare`: u32[count + 4096].
 * Returns the number of items: a hash of 0 is not indexed.
 */
export function sortColumn(column: usize, count: u32, directory: usize, items: usize, spare: usize): u32 {
  memory.fill(directory, 0, (SLOTS + 1) << 2);
  const end = column + (<usize>count << 2);
  for (let at = column; at < end; at += 4) {
    const hash = load<u32>(at);
    if (hash != 0) {
      const slot = directory + ((<usize>(hash >> 16)) << 2);
      store<u32>(slot, load<u32>(slot, 4) + 1, 4);
    }
  }
  // directory[s + 1] becomes the place of the next item of slot s; when all are placed, it is the end of s and the start of s + 1.
  let total: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const at = directory + (<usize>slot << 2);
    const n = load<u32>(at, 4);
    store<u32>(at, total, 4);
    total += n;
  }
  let pos: u32 = 0;
  for (let at = column; at < end; at += 4, pos++) {
    const hash = load<u32>(at);
    if (hash != 0) {
      const slot = directory + ((<usize>(hash >> 16)) << 2);
      const place = load<u32>(slot, 4);
      store<u32>(slot, place + 1, 4);
      store<u32>(items + (<usize>place << 2), (((hash >> 4) & 0xfff) << 20) | pos);
    }
  }
  let from: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const to = load<u32>(directory + (<usize>slot << 2), 4);
    if (to - from > 1) sortSlot(items + (<usize>from << 2), to - from, spare);
    from = to;
  }
  return total;
}

function sortSlot(items: usize, count: u32, spare: usize): void {
  const end = items + (<usize>count << 2);
  let before = load<u32>(items);
  let at = items + 4;
  for (; at < end; at += 4) {
    const item = load<u32>(at);
    if (item < before) break;
    before = item;
  }
  if (at == end) return;
  if (count <= INSERTION_MAX) {
    for (; at < end; at += 4) {
      const item = load<u32>(at);
      let hole = at;
      while (hole > items && load<u32>(hole - 4) > item) {
        store<u32>(hole, load<u32>(hole - 4));
        hole -= 4;
      }
      store<u32>(hole, item);
    }
    return;
  }
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
