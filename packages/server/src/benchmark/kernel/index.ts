/**
 * The benchmark's transfers, written as wire cells. In WebAssembly because the generator shares two cores with the
 * engine that it measures: the same loop in TypeScript on a Uint32Array took 28 ns a transfer, 13 of them for the 32
 * stores alone.
 *
 * Random numbers are made by counting (splitmix64 over 4 * index + n), so any part of the load can be made again
 * without the rest.
 */

const CELL: usize = 128;
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** Order 0 counts up. */
const ORDER_REVERSED: i32 = 1;
const ORDER_RANDOM: i32 = 2;

const PENDING: u32 = 1 << 1;
const IMPORTED: u32 = 1 << 8;

/** Set by `configure`, constant from then on. */
let seed: u64 = 0;
let accounts: usize = 0;
let slots: usize = 0;
let amounts: usize = 0;
let accountCount: u32 = 0;
let hotCount: u32 = 0;
let hotBelow: u32 = 0;
let pendingBelow: u32 = 0;
let imported: bool = false;
let ledger: u64 = 0;

/**
 * `accounts`: 16 bytes of id each. `slots`: three u32 an account (share of 2^32 that stays, stays with, leaves to), or
 * 0 for uniform. `amounts`: u32[2^16]. `hotBelow`, `pendingBelow`: of 2^16.
 */
export function configure(
  seed_: u64,
  accounts_: usize,
  accountCount_: u32,
  slots_: usize,
  amounts_: usize,
  hotCount_: u32,
  hotBelow_: u32,
  pendingBelow_: u32,
  imported_: bool,
  ledger_: u32,
): void {
  seed = seed_;
  accounts = accounts_;
  accountCount = accountCount_;
  slots = slots_;
  amounts = amounts_;
  hotCount = hotCount_;
  hotBelow = hotBelow_;
  pendingBelow = pendingBelow_;
  imported = imported_;
  ledger = ledger_;
}

/** Transfers whose ids can be had again. */
export function fillOrdered(at: usize, from: u64, count: u32, order: i32): void {
  const end = from + count;
  for (let index = from; index < end; index++, at += CELL) {
    writeId(at, index, order);
    writeRest(at, index);
  }
}

/** Transfers with ids as `id()` makes them: they grow by one from (high, low) within a millisecond. */
export function fillCounted(at: usize, from: u64, count: u32, high: u64, low: u64): void {
  const end = from + count;
  for (let index = from; index < end; index++, at += CELL) {
    store<u64>(at, low);
    store<u64>(at, high, 8);
    if (++low == 0) high++;
    writeRest(at, index);
  }
}

/** The ids of all accounts, 16 bytes each. */
export function fillAccountIds(order: i32): void {
  for (let index: u32 = 0; index < accountCount; index++) writeId(accounts + (<usize>index << 4), index, order);
}

// @inline
function writeId(at: usize, index: u64, order: i32): void {
  let low = index + 1;
  let high: u64 = 0;
  if (order == ORDER_REVERSED) {
    low = ~low;
    high = ~high;
  } else if (order == ORDER_RANDOM) {
    low = mix(low ^ seed); // a bijection of the index, hence unique
    high = ((low * GOLDEN) ^ (low >> 29)) & 0x7fffffffffffffff; // never all ones
  }
  store<u64>(at, low);
  store<u64>(at, high, 8);
}

/** The account that query `index` asks about: a hot one where there are any. */
export function queryAccount(index: u64): u32 {
  const draw = mix((seed ^ 0x5155455259) + index * GOLDEN);
  return hotCount > 0 ? scale(<u32>(draw >> 32), hotCount) : pick(<u32>(draw >> 32), <u32>draw);
}

// @inline
function mix(x: u64): u64 {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// @inline
function scale(word: u32, count: u32): u32 {
  return <u32>((<u64>word * <u64>count) >> 32);
}

// @inline
function pick(high: u32, low: u32): u32 {
  const slot = scale(high, accountCount);
  if (slots == 0) return slot;
  const at = slots + <usize>slot * 12;
  return load<u32>(at + (low < load<u32>(at) ? 4 : 8));
}

// @inline
function writeRest(at: usize, index: u64): void {
  let counter = seed + index * (4 * GOLDEN);
  const a = mix(counter);
  counter += GOLDEN;
  const b = mix(counter);
  counter += GOLDEN;
  const c = mix(counter);
  counter += GOLDEN;
  const d = mix(counter);

  let debit = pick(<u32>(a >> 32), <u32>b);
  let credit = pick(<u32>a, <u32>(b >> 32));
  if (hotCount > 0) {
    if (<u32>(d & 0xffff) < hotBelow) debit = scale(<u32>(a >> 32), hotCount);
    if (credit < hotCount || credit == debit) credit = coldCredit(debit, b);
  } else if (credit == debit) {
    credit = credit + 1 == accountCount ? 0 : credit + 1;
  }

  v128.store(at, v128.load(accounts + (<usize>debit << 4)), 16);
  v128.store(at, v128.load(accounts + (<usize>credit << 4)), 32);
  store<u64>(at, load<u32>(amounts + (<usize>(c & 0xffff) << 2)), 48);
  store<u64>(at, 0, 56);
  v128.store(at, i64x2.splat(0), 64);
  store<u64>(at, b ^ c, 80);
  store<u64>(at, d, 88);
  store<u64>(at, c * GOLDEN, 96);
  let code = <u32>(c >> 16) & 0xffff;
  if (code == 0) code = 1;
  let flags: u32 = imported ? IMPORTED : 0;
  let timeout: u64 = 0;
  if ((<u32>(c >> 32) & 0xffff) < pendingBelow) {
    flags |= PENDING;
    if (!imported) timeout = 1 + (((c >> 48) * 5) >> 16);
  }
  store<u64>(at, (a >> 32) ^ (b & 0xffffffff) | (timeout << 32), 104);
  store<u64>(at, ledger | (<u64>(code | (flags << 16)) << 32), 112);
  // An imported transfer bears a timestamp of its own, after those of all accounts.
  store<u64>(at, imported ? <u64>accountCount + 1 + index : 0, 120);
}

/** Another draw, and another, until the account is cold; if there is none but the debit, the debit's neighbour. */
function coldCredit(debit: u32, draw: u64): u32 {
  for (let attempt = 0; attempt < 1000 && hotCount < accountCount; attempt++) {
    draw = mix(draw + GOLDEN);
    const credit = pick(<u32>(draw >> 32), <u32>draw);
    if (credit >= hotCount && credit != debit) return credit;
  }
  return debit + 1 == accountCount ? 0 : debit + 1;
}
