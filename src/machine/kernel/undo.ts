/**
 * The changes of an open chain, newest last, so that a broken chain leaves nothing behind.
 * Record of 96 bytes: kind u32, place u32, value u64, then the account's balances (64 bytes) and flags (u16).
 */
import { copy64 } from "./copy";
import * as g from "./gen";
import { forget } from "./ids";
import * as m from "./memory";
import { unmakePending, unresolve } from "./pendings";
import { account } from "./rows";

const SIZE: usize = 96;
const UNDO_ACCOUNT: u32 = 0;
const UNDO_ID: u32 = 1;
const UNDO_PENDING: u32 = 2;
const UNDO_RESOLVED: u32 = 3;

export let open: bool = false;
let top: usize = 0;
let entries: u64 = 0;
let timestampMax: u64 = 0;
let count: u32 = 0;
let eventsSize: u32 = 0;
let spansCount: u32 = 0;

export function begin(): void {
  assert(!open);
  open = true;
  top = m.UNDO;
  entries = load<u64>(m.STATE, m.S_ENTRIES);
  timestampMax = load<u64>(m.STATE, m.S_TRANSFERS_TIMESTAMP_MAX);
  count = load<u32>(m.G_CONTROL, 8);
  eventsSize = load<u32>(m.G_CONTROL, 12);
  spansCount = load<u32>(m.G_CONTROL, 16);
}

export function end(): void {
  assert(load<u64>(m.STATE, m.S_ENTRIES) >= entries);
  open = false;
}

@inline function push(kind: u32, place: u32, value: u64): usize {
  assert(open);
  const at = top;
  store<u32>(at, kind);
  store<u32>(at, place, 4);
  store<u64>(at, value, 8);
  top += SIZE;
  return at;
}

/** Before an account's balances or flags change. */
@inline export function keepAccount(place: u32): void {
  const at = push(UNDO_ACCOUNT, place, 0);
  const a = account(place);
  copy64(at + 16, a + g.ACCOUNT_DEBITS_PENDING);
  store<u16>(at, load<u16>(a, g.TRANSFER_FLAGS), 80);
}

@inline export function keepId(slot: usize): void {
  push(UNDO_ID, slot as u32, 0);
}

@inline export function keepPending(place: u32): void {
  push(UNDO_PENDING, place, 0);
}

@inline export function keepResolved(place: u32): void {
  push(UNDO_RESOLVED, place, 0);
}

/** Whatever is changed back here was changed by this batch, so that an open image has kept it already. */
export function rollback(): void {
  assert(open && load<u64>(m.STATE, m.S_ENTRIES) >= entries);
  while (top > m.UNDO) {
    top -= SIZE;
    const place = load<u32>(top, 4);
    switch (load<u32>(top)) {
      case UNDO_ACCOUNT: {
        const a = account(place);
        copy64(a + g.ACCOUNT_DEBITS_PENDING, top + 16);
        store<u16>(a, load<u16>(top, 80), g.TRANSFER_FLAGS);
        break;
      }
      case UNDO_ID:
        forget(place as usize);
        break;
      case UNDO_PENDING:
        unmakePending(place);
        break;
      default:
        assert(load<u32>(top) == UNDO_RESOLVED);
        unresolve(place);
    }
  }
  assert(top == m.UNDO);
  store<u64>(m.STATE, entries, m.S_ENTRIES);
  store<u64>(m.STATE, timestampMax, m.S_TRANSFERS_TIMESTAMP_MAX);
  store<u32>(m.G_CONTROL, count, 8);
  store<u32>(m.G_CONTROL, eventsSize, 12);
  store<u32>(m.G_CONTROL, spansCount, 16);
  open = false;
}
