/**
 * Worlds that payments live in, each made of a seed: processes that die between any two steps, tenants that try each
 * other's ids, clocks that jump. Nothing in them is slow or random; a checker says in a sentence what must not be. A
 * bug can be planted in each, so that its checker is known to find one.
 */
import { open, TallystickError } from 'tallystick';
import { audit, MemoryRecords, Payments, type PaymentsOptions, type Receipt, type Would } from '../src/index.ts';
import { type Fate, flaky } from './ledgers.ts';

const EUR = { asset: 'EUR' } as const;
const DAY = 86_400_000_000_000n;
/** 2027-12-31T22:00:00Z: an hour, a day, a month and a year end, and 2028 has a February of 29 days. */
const EVE = BigInt(Date.UTC(2027, 11, 31, 22)) * 1_000_000n;

/** Numbers below `below`, the same for a seed. */
export function dice(seed: number): (below: number) => number {
  let state = (seed + 1) * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a checker has found, with its name; empty: nothing. */
export type Found = readonly string[];

async function furnish(payments: Payments): Promise<void> {
  await payments.openAccount({ name: 'bank', kind: 'bank', ...EUR });
  for (const name of ['alice', 'bob']) await payments.openAccount({ name, kind: 'customer', ...EUR });
  await payments.pay('opening', { from: 'bank', to: 'alice', amount: '500.00', ...EUR });
}

/**
 * World *commands*: requests come twice, late, and with another body under their key; the process dies at any of its
 * awaits, and the next one finishes what was begun. Each key has one outcome for ever.
 */
export async function commands(seed: number, bug?: 'a second life'): Promise<Found> {
  const roll = dice(seed);
  const ledger = await open(':memory:', { mode: 'inline' });
  let records = new MemoryRecords();
  let dead = false;
  const fate = (): Fate => {
    if (dead) return 'lost';
    const n = roll(12);
    if (n === 0) dead = true;
    return n < 2 ? 'unanswered' : n < 3 ? 'lost' : 'answered';
  };
  let life = 0;
  // Whoever begins a key anew in each life has forgotten what the ones before did.
  const keyOf = (n: number): string => (bug === 'a second life' ? `key-${n}-${life}` : `key-${n}`);
  const options = (): PaymentsOptions => ({ records });
  await furnish(new Payments(ledger, options()));
  let payments = new Payments(flaky(ledger, fate), options());
  const told = new Map<number, string>();
  const found: string[] = [];
  for (let step = 0; step < 60; step++) {
    const n = roll(15);
    const isOther = roll(6) === 0;
    const amount = `${(n + 1) * 7 + (isOther ? 1 : 0)}.00`;
    const [from, to] = n % 3 === 0 ? ['bob', 'alice'] : ['alice', 'bob'];
    const heard = await payments.pay(keyOf(n), { from: from!, to: to!, amount, ...EUR }).then(outcomeOf, codeOf);
    if (heard !== undefined && heard !== 'request_reused') {
      const text = `${amount} ${heard}`;
      const before = told.get(n);
      if (before !== undefined && before !== text) found.push(`outcome: key ${n} was told ${before}, and ${text}`);
      told.set(n, text);
    }
    if (!dead) continue;
    records = records.crash(roll(3));
    dead = false;
    life++;
    payments = new Payments(flaky(ledger, fate), options());
    await payments.resolve().catch(() => undefined);
  }
  const paid = [...told.values()].filter((text) => text.endsWith('done')).length;
  const done = (await audit(ledger)).payments - 1;
  // A payment that nobody was told of may be there: its key was asked for, and the answer lost.
  if (done < paid || done > 15) found.push(`outcome: ${done} payments were made under 15 keys`);
  for (const problem of (await audit(ledger)).problems) found.push(`audit: ${problem}`);
  await ledger.close();
  return found;
}

const outcomeOf = (receipt: Receipt | Would): string => ('code' in receipt ? receipt.code! : receipt.outcome);
/** Undefined: the outcome is unknown. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof TallystickError)) throw error;
  return error.code === 'request_reused' ? error.code : undefined;
}

/** World *tenants*: one tries the ids of the other, and hears what it would hear of an id that does not exist. */
export async function tenants(seed: number, bug?: 'one tenant for all'): Promise<Found> {
  const roll = dice(seed);
  const ledger = await open(':memory:', { mode: 'inline' });
  const theirs = new Payments(ledger, { tenant: 7 });
  const ours = new Payments(ledger, { tenant: bug === 'one tenant for all' ? 7 : 9 });
  for (const payments of bug === undefined ? [theirs, ours] : [theirs]) await furnish(payments);
  const ids: string[] = [];
  for (let n = 0; n < 6; n++) {
    const wish = { from: 'alice', to: 'bob', amount: roll(3) === 0 ? '9999.00' : `${roll(50) + 1}.00`, ...EUR };
    const receipt = await (roll(2) === 0 ? theirs.pay(`k${n}`, wish) : theirs.hold(`k${n}`, wish));
    ids.push((receipt as Receipt).payment);
  }
  const hear = async (key: string, payment: string, verb: number): Promise<string> => {
    const asked = [
      () => ours.payment(payment),
      () => ours.capture(key, { payment }),
      () => ours.release(key, { payment }),
      () => ours.refund(key, { payment }),
      () => ours.reverse(key, { payment }),
      () => ours.as('jan').approve(payment),
      () => ours.as('jan').reject(payment),
    ][verb]!;
    const said = await asked().then(
      (answer) => JSON.stringify(answer),
      (error: Error & { code?: string }) => `${error.code} ${error.message}`,
    );
    return said.replaceAll(/[a-z]{3}_[0-9a-f]{30}/g, '…').replaceAll(/"at":"\d+"/g, '');
  };
  const found: string[] = [];
  for (let step = 0; step < 40; step++) {
    const [payment, verb] = [ids[roll(ids.length)]!, roll(7)];
    const nowhere = `pay_${dice(step)(2 ** 31)
      .toString(16)
      .padStart(30, '0')}`;
    const [foreign, missing] = [await hear(`f${step}`, payment, verb), await hear(`m${step}`, nowhere, verb)];
    if (foreign !== missing) found.push(`foreign: ${foreign} in place of ${missing}`);
  }
  await ledger.close();
  return found;
}

/** World *time*: clocks of two processes jump by up to two days, over the end of a year. No limit is refilled twice. */
export async function time(seed: number, bug?: 'a limit for each process'): Promise<Found> {
  const roll = dice(seed);
  const ledger = await open(':memory:', { mode: 'inline' });
  const controls = { limits: [{ kind: 'customer', per: 'hour', amount: '10.00', ...EUR }] } as const;
  const clocks = [EVE, EVE];
  // Whoever counts in a place of its own has a limit of its own: here, a tenant for each process.
  const tenantOf = (index: number): number => (bug === undefined ? 0 : index);
  const processes = clocks.map((_, index) => {
    return new Payments(ledger, { controls, now: () => clocks[index]!, tenant: tenantOf(index) });
  });
  for (const payments of bug === undefined ? processes.slice(0, 1) : processes) await furnish(payments);
  const hours = new Set<bigint>();
  let newest = 0n;
  let spent = 0n;
  for (let step = 0; step < 40; step++) {
    const who = roll(2);
    const jump = BigInt(roll(97)) - 48n;
    clocks[who] = clocks[who]! + (jump * DAY) / 24n;
    const hour = clocks[who]! / (DAY / 24n);
    // A limit begins anew with an hour that is newer than all before it, and with no other.
    if (hour > newest) hours.add(hour);
    if (hour > newest) newest = hour;
    for (let n = 0; n < 3; n++) {
      const wish = { from: 'alice', to: 'bob', amount: '4.00', ...EUR };
      const told = await processes[who]!.pay(`${step}-${n}`, wish);
      if (told.outcome === 'done') spent += 400n;
    }
  }
  const most = BigInt(hours.size) * 1000n;
  const found = spent > most ? [`limits: ${spent} was paid, and ${hours.size} hours allow ${most}`] : [];
  for (const problem of (await audit(ledger)).problems) found.push(`audit: ${problem}`);
  await ledger.close();
  return found;
}
