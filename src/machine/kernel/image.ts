/**
 * Images: the builder reads accounts and pending transfers as they were behind one batch while we go on changing them.
 * It copies them in order of their addresses, whatever state it finds them in; before we change a row for the first
 * time since the image was opened, we leave what it was in a ring (a before-image), and those, laid over the copy, make
 * it what it was. Neither side ever waits for a row of the other's.
 *
 * Why that is enough: a row is left alone only if `saved`, which the builder stores behind its copying, is beyond it:
 * then the copy has the old bytes. Else the before-image is published in `tail` before the row changes; a copy that saw
 * any new byte is followed by the builder's store of `saved` and its load of `tail`, both sequentially consistent,
 * which then sees the before-image.
 *
 * Control words, each on a cache line of its own, offsets repeated in machine/image.ts: 0 open (set by us, cleared by
 * the builder when it is done), 64 saved (address up to which all is copied), 128 tail (before-images published), 192
 * taken (by the builder). A before-image, 72 bytes: u32 byte offset in its section, u16 section, u16 flags, 64 bytes.
 * Section 0, accounts: the four balances and the flags of the row at the offset, all that ever changes of it. Section
 * 1, pending transfers: the bytes at the offset; three make a record.
 */
import { asked, keepAsked } from "./asked";
import { copy64 } from "./copy";
import * as g from "./gen";
import { waitForBuilder } from "./host";
import * as m from "./memory";

const OPEN: usize = 0;
const SAVED: usize = 64;
const TAIL: usize = 128;
const TAKEN: usize = 192;
const BEFORE_SIZE: usize = 72;
const ACCOUNT_SIZE: usize = 128;

/** While false, a change costs one branch. */
export let open: bool = false;
let accountsEnd: usize = 0;
let pendingsEnd: usize = 0;

/** Behind a batch, while no image is open. What is there now is the image; what comes later lies beyond its ends. */
export function openImage(): void {
  assert(atomic.load<u32>(m.IMAGE, OPEN) == 0);
  const accounts = (load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) as usize) + 1;
  const pendings = (load<u32>(m.STATE, m.S_PENDINGS_COUNT) as usize) + 1;
  accountsEnd = m.ACCOUNTS + accounts * ACCOUNT_SIZE;
  pendingsEnd = m.PENDINGS + pendings * m.PENDING_SIZE;
  memory.fill(m.ACCOUNTS_KEPT, 0, (accounts + 7) >> 3);
  memory.fill(m.PENDINGS_KEPT, 0, (pendings + 7) >> 3);
  atomic.store<u32>(m.IMAGE, m.ACCOUNTS as u32, SAVED);
  atomic.store<u32>(m.IMAGE, 0, TAIL);
  atomic.store<u32>(m.IMAGE, 0, TAKEN);
  atomic.store<u32>(m.IMAGE, 1, OPEN);
  open = true;
}

/** Between batches: whether the builder still reads. */
@inline export function followImage(): void {
  if (open) open = atomic.load<u32>(m.IMAGE, OPEN) != 0;
}

/** Before a change of the account at `a`. */
@inline export function beforeAccount(a: usize): void {
  if (open) keepAccount(a);
  if (asked) keepAsked(a);
}

/** Before a change of the pending record at `p`. */
@inline export function beforePending(p: usize): void {
  if (open) keepPending(p);
}

function keepAccount(a: usize): void {
  if (a >= accountsEnd || a + ACCOUNT_SIZE <= (atomic.load<u32>(m.IMAGE, SAVED) as usize)) return;
  if (!isFirst(m.ACCOUNTS_KEPT, (a - m.ACCOUNTS) / ACCOUNT_SIZE)) return;
  put(0, a - m.ACCOUNTS, load<u16>(a, g.ACCOUNT_FLAGS), a + g.ACCOUNT_DEBITS_PENDING);
}

function keepPending(p: usize): void {
  if (p >= pendingsEnd || p + m.PENDING_SIZE <= (atomic.load<u32>(m.IMAGE, SAVED) as usize)) return;
  if (!isFirst(m.PENDINGS_KEPT, (p - m.PENDINGS) / m.PENDING_SIZE)) return;
  const offset = p - m.PENDINGS;
  put(1, offset, 0, p);
  put(1, offset + 64, 0, p + 64);
  // The last 32 bytes of the record, and once more what precedes them.
  const rest = m.PENDING_SIZE - 64;
  put(1, offset + rest, 0, p + rest);
}

@inline function isFirst(bits: usize, place: usize): bool {
  const at = bits + (place >> 3);
  const bit: u32 = 1 << ((place as u32) & 7);
  const byte = load<u8>(at) as u32;
  if ((byte & bit) != 0) return false;
  store<u8>(at, byte | bit);
  return true;
}

function put(section: u16, offset: usize, flags: u16, from: usize): void {
  const tail = load<u32>(m.IMAGE, TAIL);
  while (tail - atomic.load<u32>(m.IMAGE, TAKEN) > m.BEFORES_MASK) waitForBuilder();
  assert(tail - atomic.load<u32>(m.IMAGE, TAKEN) <= m.BEFORES_MASK);
  const at = m.BEFORES + ((tail & m.BEFORES_MASK) as usize) * BEFORE_SIZE;
  store<u32>(at, offset as u32);
  store<u16>(at, section, 4);
  store<u16>(at, flags, 6);
  copy64(at + 8, from);
  atomic.store<u32>(m.IMAGE, tail + 1, TAIL);
  // A load that is ordered behind the store, and the row's change behind the load.
  atomic.load<u32>(m.IMAGE, TAIL);
}
