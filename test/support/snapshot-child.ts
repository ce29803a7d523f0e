/**
 * A process to be killed while it takes snapshots: batches that follow from their numbers, four in flight, into a
 * ledger that seals often.
 *
 *   node snapshot-child.js FOLDER SEED BATCHES MILLISECONDS SIZES
 *
 * SIZES: `often` seals a generation every 6,000 entries, `small` when it is full.
 * Prints the number of each batch that was acknowledged; kills itself MILLISECONDS after the accounts are there, or
 * closes the ledger after BATCHES and prints `closed`.
 */
import { writeSync } from 'node:fs';
import { type Engine, type EngineSizes, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { EVENTS_MAX, Operation } from '../../src/model/index.ts';
import { Random } from '../../testing/model/random.ts';

export const childSizes: { readonly [name: string]: EngineSizes } = {
  // The image is a few MiB, the ring of before-images fills often.
  often: { ...SMALL_SIZES, sealEntries: 6000, log2Befores: 9, resolvedKept: 300 },
  small: SMALL_SIZES,
};
const ACCOUNTS = 24_000;
const ACCOUNT_BATCHES = ACCOUNTS / 8000;
const EVENTS = 500;
const START = 1_000_000_000_000n;
const Flag = { linked: 1, pending: 2, post: 4, void: 8 } as const;

/** Sends batch `number` (from 1); its reply is a copy. The first ones create the accounts. */
export function sendBatch(engine: Engine, seed: number, number: number): Promise<Uint8Array> {
  const random = new Random(seed * 100_003 + number);
  const isAccounts = number <= ACCOUNT_BATCHES;
  const isPulse = !isAccounts && number % 10 === 0;
  const count = isAccounts ? ACCOUNTS / ACCOUNT_BATCHES : isPulse ? EVENTS_MAX : EVENTS;
  const operation = isAccounts ? Operation.create_accounts : isPulse ? Operation.pulse : Operation.create_transfers;
  return engine.request({
    operation,
    count,
    write: ({ u32, bytes }, at) => {
      if (isPulse) return;
      bytes.fill(0, at, at + count * 128);
      for (let index = 0; index < count; index++) {
        const word = at / 4 + index * 32;
        if (isAccounts) {
          u32[word] = (number - 1) * count + index + 1;
          u32[word + 28] = 1;
          u32[word + 29] = 1;
        } else writeTransfer(u32, word, random, number * EVENTS + index, index === count - 1);
      }
    },
    read: ({ bytes }, at, size) => bytes.slice(at, at + size),
    // 20 ms a batch: pending transfers of a second live for fifty.
    context: { timestamp: START + BigInt(number) * 20_000_000n },
  });
}

function writeTransfer(u32: Uint32Array, word: number, random: Random, id: number, last: boolean): void {
  let flags = random.chance(0.1) && !last ? Flag.linked : 0;
  const kind = random.below(10);
  u32[word] = id;
  if (kind < 3) {
    flags |= kind < 2 ? Flag.post : Flag.void;
    u32[word + 16] = Math.max(1, id - 1 - random.below(3 * EVENTS));
    if (kind < 2) u32.fill(0xffff_ffff, word + 12, word + 16);
  } else {
    if (kind < 7) flags |= Flag.pending;
    u32[word + 4] = 1 + random.below(ACCOUNTS);
    u32[word + 8] = 1 + random.below(ACCOUNTS + 100);
    u32[word + 12] = random.below(1000);
    u32[word + 27] = (flags & Flag.pending) === 0 ? 0 : random.below(3);
    u32[word + 28] = 1;
  }
  u32[word + 29] = (kind < 3 ? 0 : 1) | (flags << 16);
}

async function main(folder: string, seed: number, batches: number, milliseconds: number, sizes: string): Promise<void> {
  const { engine } = await openFolder(folder, { sizes: childSizes[sizes]!, expires: false });
  let next = 1;
  let death = Number.POSITIVE_INFINITY;
  const lane = async (): Promise<void> => {
    while (next <= batches) {
      const number = next++;
      await sendBatch(engine, seed, number);
      writeSync(1, `${number}\n`);
      if (number === ACCOUNT_BATCHES) death = performance.now() + milliseconds;
      if (performance.now() >= death) process.kill(process.pid, 'SIGKILL');
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  await engine.close();
  writeSync(1, 'closed\n');
}

if (process.argv[1] === import.meta.filename) {
  const [folder, seed, batches, milliseconds, sizes] = process.argv.slice(2);
  await main(folder!, Number(seed), Number(batches), Number(milliseconds), sizes!);
}
