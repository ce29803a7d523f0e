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
 * model/layouts-memory.ts describes the control words (`ImageWord`), layouts-disk.ts beside it a before-image
 * (`Before`). One of an account has the four balances and the flags of the row at the offset, all that ever changes of
 * it; one of a pending transfer has the bytes at the offset, and three make a record.
 */
import { asked, keepAsked } from "./asked";
import { copy64 } from "./copy";
import * as g from "./gen";
import { Before } from "./gen";
import { waitForBuilder } from "./host";
import * as m from "./memory";

/** While false, a change costs one branch. */
export let open: bool = false;
let accountsEnd: usize = 0;
let pendingsEnd: usize = 0;

/** Behind a batch, while no image is open. What is there now is the image; what comes later lies beyond its ends. */
export function openImage(): void {
  assert(atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_OPEN) == 0);
  const accounts = (m.state.accounts_count as usize) + 1;
  const pendings = (m.state.pendings_count as usize) + 1;
  accountsEnd = m.ACCOUNTS + accounts * g.ACCOUNT_SIZE;
  pendingsEnd = m.PENDINGS + pendings * g.PENDING_SIZE;
  memory.fill(m.ACCOUNTS_KEPT, 0, (accounts + 7) >> 3);
  memory.fill(m.PENDINGS_KEPT, 0, (pendings + 7) >> 3);
  atomic.store<u32>(m.IMAGE, m.ACCOUNTS as u32, g.IMAGE_WORD_SAVED);
  atomic.store<u32>(m.IMAGE, 0, g.IMAGE_WORD_TAIL);
  atomic.store<u32>(m.IMAGE, 0, g.IMAGE_WORD_TAKEN);
  atomic.store<u32>(m.IMAGE, 1, g.IMAGE_WORD_OPEN);
  open = true;
}

/** Between batches: whether the builder still reads. */
@inline export function followImage(): void {
  if (open) open = atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_OPEN) != 0;
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
  if (a >= accountsEnd || a + g.ACCOUNT_SIZE <= (atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_SAVED) as usize)) return;
  if (!isFirst(m.ACCOUNTS_KEPT, (a - m.ACCOUNTS) / g.ACCOUNT_SIZE)) return;
  put(g.BEFORE_OF_ACCOUNTS, a - m.ACCOUNTS, load<u16>(a, g.ACCOUNT_FLAGS), a + g.ACCOUNT_DEBITS_PENDING);
}

function keepPending(p: usize): void {
  if (p >= pendingsEnd || p + g.PENDING_SIZE <= (atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_SAVED) as usize)) return;
  if (!isFirst(m.PENDINGS_KEPT, (p - m.PENDINGS) / g.PENDING_SIZE)) return;
  const offset = p - m.PENDINGS;
  put(g.BEFORE_OF_PENDINGS, offset, 0, p);
  put(g.BEFORE_OF_PENDINGS, offset + 64, 0, p + 64);
  // The last 32 bytes of the record, and once more what precedes them.
  const rest = g.PENDING_SIZE - 64;
  put(g.BEFORE_OF_PENDINGS, offset + rest, 0, p + rest);
}

@inline function isFirst(bits: usize, place: usize): bool {
  const at = bits + (place >> 3);
  const bit: u32 = 1 << ((place as u32) & 7);
  const byte = load<u8>(at) as u32;
  if ((byte & bit) != 0) return false;
  store<u8>(at, byte | bit);
  return true;
}

function put(section: u32, offset: usize, flags: u16, from: usize): void {
  const tail = load<u32>(m.IMAGE, g.IMAGE_WORD_TAIL);
  while (tail - atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_TAKEN) > m.BEFORES_MASK) waitForBuilder();
  assert(tail - atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_TAKEN) <= m.BEFORES_MASK);
  const at = m.BEFORES + ((tail & m.BEFORES_MASK) as usize) * g.BEFORE_SIZE;
  const before = changetype<Before>(at);
  before.offset = offset as u32;
  before.section = section as u16;
  before.flags = flags;
  copy64(at + g.BEFORE_BYTES, from);
  atomic.store<u32>(m.IMAGE, tail + 1, g.IMAGE_WORD_TAIL);
  // A load that is ordered behind the store, and the row's change behind the load.
  atomic.load<u32>(m.IMAGE, g.IMAGE_WORD_TAIL);
}
