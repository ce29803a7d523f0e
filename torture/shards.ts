/**
 * A server of three shards is killed under load, over and over: the router dies with its shards, between any two steps
 * of its settlements. Every transfer that was acknowledged is there, what is sent again is done once, balances are the
 * sum, and at the end the shards' own ledgers prove that nothing was made or lost between them.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkShards, open } from '../src/index.ts';
import { Random } from '../testing/model/random.ts';
import { load, lookup } from './client.ts';
import type { Door } from './doors.ts';
import { ClientMemory, checkTransfer, Wrong } from './memory.ts';
import { type Holder, serve } from './processes.ts';
import { Tally } from './tally.ts';

const SHARDS = 3;
/** Kills that one folder lives through. */
const CYCLES_A_LEDGER = 50;
const EARLY = 0.15;
const OPEN_MS = 900;

export interface ShardKillOptions {
  readonly folder: string;
  readonly cycles: number;
  readonly seed: number;
  readonly progress?: (done: number, tally: Tally) => void;
}

export async function killShards({ folder, cycles, seed, progress }: ShardKillOptions): Promise<Tally> {
  const tally = new Tally(`kill -9 of a server with ${SHARDS} shards, under load`);
  const random = new Random(seed);
  let crossed = 0;
  for (let ledger = 0; tally.injected < cycles && tally.findings.length === 0; ledger++) {
    const path = join(folder, `shards-${ledger}`);
    // A chain over shards holds nothing but amounts, so requests have none.
    const memory = new ClientMemory(random, { linked: false });
    try {
      for (let cycle = 0; cycle < CYCLES_A_LEDGER && tally.injected < cycles; cycle++) {
        await killOnce(path, memory, tally, random);
        tally.injected++;
        progress?.(tally.injected, tally);
      }
      crossed += await finish(path, memory, tally);
    } catch (error) {
      tally.err((error as Error).stack ?? String(error));
    }
  }
  tally.how = `${crossed.toLocaleString('en-US')} transfers crossed`;
  return tally;
}

const start = (path: string, killAfter?: number): Promise<Holder | undefined> =>
  serve(path, {
    env: { TALLYSTICK_SHARDS: String(SHARDS) },
    ...(killAfter === undefined ? {} : { killAfter }),
  });

async function killOnce(path: string, memory: ClientMemory, tally: Tally, random: Random): Promise<void> {
  if (random.chance(EARLY)) {
    await start(path, random.between(1, OPEN_MS));
    return;
  }
  const holder = (await start(path))!;
  try {
    await verify(random.pick(holder.doors), memory, tally);
    const loading = load(holder.doors, memory, tally);
    loading.catch(() => {});
    await Promise.race([sleep(random.between(1, 150)), loading]);
    await holder.kill();
    await loading;
  } finally {
    await holder.kill();
  }
}

/** Each event is done for itself here, so of a request without an answer some may be there: all are sent again. */
async function verify(door: Door, memory: ClientMemory, tally: Tally): Promise<void> {
  const told = memory.acknowledged.splice(0).flatMap(({ expected }) => expected);
  const found = await lookup(
    door,
    told.map(({ id }) => id),
  );
  for (const transfer of told) {
    const stored = found.get(transfer.id);
    if (stored === undefined) tally.lose(`transfer ${transfer.id} was acknowledged and is not there`);
    else checkTransfer(stored, transfer);
  }
  tally.checked += told.length;
  if ((await door.lookupAccounts(memory.accountIds)).length < memory.accounts) {
    await door.createAccounts(memory.accountInputs);
  }
  for (const sent of [...memory.unknown]) {
    for (const [index, status] of (await door.createTransfers(sent.inputs)).entries()) {
      if (status === 'exists') tally.resolvedThere++;
      else if (status === 'created') tally.resolvedAgain++;
      else throw new Wrong(`transfer ${sent.expected[index]!.id}, sent again, is ${status}`);
    }
    memory.found(sent);
  }
  memory.checkAccounts(await door.lookupAccounts(memory.accountIds));
}

/** Transfers that crossed, by the proof of the shards' own ledgers. */
async function finish(path: string, memory: ClientMemory, tally: Tally): Promise<number> {
  const holder = (await start(path))!;
  try {
    await verify(holder.doors[0]!, memory, tally);
    await holder.end();
  } finally {
    await holder.kill();
  }
  const shards = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) => open(join(path, `shard-${shard}`), { mode: 'inline' })),
  );
  try {
    const { problems, open: left, crossed } = await checkShards(shards);
    for (const problem of problems) tally.err(problem);
    for (const { transfer, decided } of left) {
      // Pending transfers of the client may wait for ever; what is decided is finished by whoever sends it again.
      if (decided) tally.err(`transfer ${transfer} is decided, and its other side is open`);
    }
    return crossed;
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}
