/**
 * Accounts as they were when somebody asked. An answer takes many slices, and batches change balances in between. While
 * a question is open, the first change of an account since the newest question leaves its balances and flags in a ring:
 * an image of 80 bytes. A reader takes the account's oldest image since its question, and the row itself if there is
 * none. While nobody asks, a change costs one branch.
 *
 * Images are numbered from 1 on. The newest of each account is known, and each knows the one before it. A number may be
 * stale: it counts when the image that lies there has that number and that account.
 */
import { copy128, copy64 } from "./copy";
import * as g from "./gen";
import { Asked } from "./gen";
import * as m from "./memory";
import { account } from "./rows";

/** Whether a question is open. */
export let asked: bool = false;
/** The number of the next image, of the oldest that counts, and of the first since the newest question. */
let next: u32 = 1;
let oldest: u32 = 1;
let newestAsked: u32 = 1;
/** Images that were looked at; whoever counts sets it to 0. */
let looked: u32 = 0;

/** A question begins; what is returned names its moment. Between batches. */
export function askAccounts(): u32 {
  asked = true;
  newestAsked = next;
  return next;
}

/** The oldest question that is open is that of `moment`; 0: none is open. */
export function forgetAccounts(moment: u32): void {
  asked = moment != 0;
  oldest = asked ? moment : next;
}

/** How many more accounts may change. */
export function imagesLeft(): u32 {
  return m.ASKED_MASK + 1 - (next - oldest);
}

/** Images that were looked at since the last call. */
export function imagesLooked(): u32 {
  const count = looked;
  looked = 0;
  return count;
}

@inline function imageAt(number: u32): Asked {
  return changetype<Asked>(m.ASKED + ((number & m.ASKED_MASK) * (g.ASKED_SIZE as u32)) as usize);
}

/** Whether `number` is that of an image of `place` that was left since `moment`, which counts. */
@inline function isOf(number: u32, place: u32, moment: u32): bool {
  if ((number - moment) >= (next - moment)) return false;
  const image = imageAt(number);
  return image.number == number && image.place == place;
}

/** Before the account at `a` changes. */
export function keepAsked(a: usize): void {
  const place = ((a - m.ACCOUNTS) >> 7) as u32;
  const newest = m.ASKED_NEWEST + ((place as usize) << 2);
  const before = load<u32>(newest);
  if (isOf(before, place, newestAsked)) return;
  assert(next - oldest <= m.ASKED_MASK);
  const image = imageAt(next);
  image.number = next;
  image.place = place;
  image.earlier = before;
  image.flags = load<u16>(a, g.ACCOUNT_FLAGS);
  copy64(changetype<usize>(image) + g.ASKED_BALANCES, a + g.ACCOUNT_DEBITS_PENDING);
  store<u32>(newest, next);
  next++;
  // 0 names no moment.
  if (next == 0) next = 1;
}

/** Writes the row of the account at `place` to `out`, as it was at `moment`. */
export function accountAsOf(place: u32, moment: u32, out: usize): void {
  copy128(out, account(place));
  if (!asked) return;
  let found = changetype<Asked>(0);
  let number = load<u32>(m.ASKED_NEWEST + ((place as usize) << 2));
  while (isOf(number, place, moment)) {
    found = imageAt(number);
    number = found.earlier;
    looked++;
  }
  if (changetype<usize>(found) == 0) return;
  copy64(out + g.ACCOUNT_DEBITS_PENDING, changetype<usize>(found) + g.ASKED_BALANCES);
  store<u16>(out, found.flags as u16, g.ACCOUNT_FLAGS);
}

/** Nothing has changed since this moment. */
@inline export function now(): u32 {
  return next;
}
