/**
 * Ledgers of real processes, with everything that their callers were told: killed when they had been idle for a
 * while, or closed in order; and what they were before.
 */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineSizes, LARGE_SIZES } from '../src/engine/index.ts';
import type { TransferInput } from '../src/index.ts';
import type { Random } from '../testing/model/random.ts';
import { TIGHT_FORGETFUL_SIZES } from '../testing/ports/sizes.ts';
import { load, verify, verifyAll } from './client.ts';
import type { Door } from './doors.ts';
import { ClientMemory } from './memory.ts';
import { type Embedded, embed } from './processes.ts';
import { Tally } from './tally.ts';

export interface ToldSpecimen {
  readonly name: string;
  /** With all that belongs to it. */
  readonly home: string;
  readonly folder: string;
  /**
   * The same ledger when it had less: after its first process had ended in the same way, and while its second one was
   * idle.
   */
  readonly older: readonly { readonly name: string; readonly folder: string }[];
  readonly sizes: EngineSizes;
  /** Transfers that somebody was told are created. */
  readonly told: number;
  /** How many of them are not there. Throws when something is there that is wrong. */
  missing(door: Door): Promise<number>;
}

type End = 'killed' | 'closed';
type Sizes = 'small' | 'large';

const SIZES: Readonly<Record<Sizes, EngineSizes>> = { small: TIGHT_FORGETFUL_SIZES, large: LARGE_SIZES };
/** Transfers of a part of a specimen's life; small sizes make a run and a snapshot of every 500. */
const PART = 700;
/** At the same time, so that a flush has many batches. */
const DOORS = 8;
/** Nothing happens for so long before the end, at least. */
const IDLE_MS = 300;
/** Transfers of the large one: a segment takes some 520,000. */
const LARGE_TOLD = 600_000;
const LARGE_BATCH = 8000;

/** One after the other, since each may be removed before the next is made. */
export async function* makeSpecimens(home: string, random: Random, large: boolean): AsyncGenerator<ToldSpecimen> {
  for (const end of ['killed', 'closed'] as const) {
    for (const sizes of ['small', 'large'] as const) yield await specimen(home, end, sizes, random);
    if (large) yield await manySegments(home, end);
  }
}

async function specimen(home: string, end: End, sizes: Sizes, random: Random): Promise<ToldSpecimen> {
  const folder = join(home, 'ledger');
  const [first, second] = [join(home, 'first'), join(home, 'second')];
  const memory = new ClientMemory(random);
  const tally = new Tally('');
  const grow = (door: Door): Promise<unknown> => {
    const size = memory.known.size + PART;
    return load(new Array(DOORS).fill(door), memory, tally, () => memory.known.size < size);
  };

  let holder = (await embed(folder, { sizes }))!;
  await verify(holder.doors[0]!, memory, tally);
  await grow(holder.doors[0]!);
  await finish(holder, end);
  cpSync(folder, first, { recursive: true });

  holder = (await embed(folder, { sizes }))!;
  await grow(holder.doors[0]!);
  await sleep(IDLE_MS);
  cpSync(folder, second, { recursive: true });
  await grow(holder.doors[0]!);
  await finish(holder, end);
  const kinds = sizes === 'small' ? 'with runs and snapshots' : 'with neither runs nor snapshots';
  return {
    name: `${end}, ${kinds}`,
    home,
    folder,
    older: [
      { name: 'its first third', folder: first },
      { name: 'its second third', folder: second },
    ],
    sizes: SIZES[sizes],
    told: memory.known.size,
    async missing(door) {
      const found = new Tally('');
      await verifyAll(door, memory, found).catch((error: unknown) => {
        // Balances are those of what is there.
        if (found.lost === 0) throw error;
      });
      if (found.doubled > 0) throw new Error(found.findings.at(-1));
      return found.lost;
    },
  };
}

/** More than one full segment, and a next one that was written ahead. */
async function manySegments(home: string, end: End): Promise<ToldSpecimen> {
  const folder = join(home, 'ledger');
  const holder = (await embed(folder, { sizes: 'large' }))!;
  const door = holder.doors[0]!;
  await door.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  for (let told = 0; told < LARGE_TOLD; told += LARGE_BATCH) {
    const statuses = await door.createTransfers(
      Array.from(
        { length: LARGE_BATCH },
        (_, index): TransferInput => ({
          id: BigInt(told + index + 1),
          debit_account_id: 1n,
          credit_account_id: 2n,
          amount: 1n,
          ledger: 1,
          code: 1,
        }),
      ),
    );
    if (statuses.some((status) => status !== 'created')) throw new Error(`a transfer is ${statuses.join()}`);
  }
  await finish(holder, end);
  const segments = readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.seg')).length;
  return {
    name: `${end}, with ${segments} segments`,
    home,
    folder,
    older: [],
    sizes: LARGE_SIZES,
    told: LARGE_TOLD,
    async missing(door) {
      const [account] = await door.lookupAccounts([1n]);
      return LARGE_TOLD - Number(account?.debits_posted ?? 0n);
    },
  };
}

async function finish(holder: Embedded, end: End): Promise<void> {
  await sleep(IDLE_MS);
  if (end === 'killed') await holder.kill();
  else await holder.end();
}
