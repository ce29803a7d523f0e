/** The changes of an open chain, newest last, so that a broken chain leaves nothing behind. */
import { copy64 } from "./copy";
import * as g from "./gen";
import { Account, Undo } from "./gen";
import { forget } from "./ids";
import * as m from "./memory";
import { unmakePending, unresolve } from "./pendings";
import { account } from "./rows";

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
  entries = m.state.entries;
  timestampMax = m.state.transfers_timestamp_max;
  count = m.control.count;
  eventsSize = m.control.events_size;
  spansCount = m.control.spans_count;
}

export function end(): void {
  assert(m.state.entries >= entries);
  open = false;
}

@inline function push(kind: u32, place: u32): usize {
  assert(open);
  const at = top;
  const change = changetype<Undo>(at);
  change.kind = kind;
  change.place = place;
  top += g.UNDO_SIZE;
  return at;
}

/** Before an account's balances or flags change. */
@inline export function keepAccount(place: u32): void {
  const at = push(UNDO_ACCOUNT, place);
  const a = account(place);
  copy64(at + g.UNDO_BALANCES, a + g.ACCOUNT_DEBITS_PENDING);
  changetype<Undo>(at).flags = changetype<Account>(a).flags;
}

@inline export function keepId(slot: usize): void {
  push(UNDO_ID, slot as u32);
}

@inline export function keepPending(place: u32): void {
  push(UNDO_PENDING, place);
}

@inline export function keepResolved(place: u32): void {
  push(UNDO_RESOLVED, place);
}

/** Whatever is changed back here was changed by this batch, so that an open image has kept it already. */
export function rollback(): void {
  assert(open && m.state.entries >= entries);
  while (top > m.UNDO) {
    top -= g.UNDO_SIZE;
    const change = changetype<Undo>(top);
    const place = change.place;
    switch (change.kind) {
      case UNDO_ACCOUNT: {
        const a = account(place);
        copy64(a + g.ACCOUNT_DEBITS_PENDING, top + g.UNDO_BALANCES);
        changetype<Account>(a).flags = change.flags;
        break;
      }
      case UNDO_ID:
        forget(place as usize);
        break;
      case UNDO_PENDING:
        unmakePending(place);
        break;
      default:
        assert(change.kind == UNDO_RESOLVED);
        unresolve(place);
    }
  }
  assert(top == m.UNDO);
  m.state.entries = entries;
  m.state.transfers_timestamp_max = timestampMax;
  m.control.count = count;
  m.control.events_size = eventsSize;
  m.control.spans_count = spansCount;
  open = false;
}
