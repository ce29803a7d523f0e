/**
 * A disk that hangs, as one does that is behind a network: writes and syncs do not return for a while, and nobody hears
 * an error. Nothing is acknowledged meanwhile. Then the disk goes on, or the process is killed, or the power goes.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { PoweredDisk, possibleDisks } from './power/powered-disk.ts';
import { embed, type Holder, serve } from './processes.ts';
import { Tally } from './tally.ts';

/** How a hang ends. */
const ENDS = ['the disk went on', 'the process was killed', 'the power went'] as const;
/** Answers to what had been durable before are still on their way. */
const GRACE_MS = 300;
const HANG_MAX_MS = 1500;

export async function hangingDisks(home: string, rounds: number, seed: number): Promise<Tally> {
  const tally = new Tally('disk that hangs');
  const random = new Random(seed);
  const { kinds, missing } = await possibleDisks(home);
  if (kinds.length === 0) {
    tally.how = `not done: ${missing.join('; ')}`;
    return tally;
  }
  const disk = await PoweredDisk.make(join(home, 'hanging'), kinds.at(-1)!);
  const memory = new ClientMemory(random);
  const counts = new Map<string, number>();
  try {
    for (let round = 0; round < rounds && tally.findings.length === 0; round++) {
      const end = ENDS[round % ENDS.length]!;
      await hangOnce(disk, round % 2 === 0 ? 'served' : 'embedded', end, memory, tally, random);
      counts.set(end, (counts.get(end) ?? 0) + 1);
      tally.injected++;
    }
    const last = (await embed(disk.folder))!;
    await verify(last.doors[0]!, memory, tally);
    await verifyAll(last.doors[0]!, memory, tally);
    await last.end();
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  } finally {
    await disk.remove();
  }
  tally.how = [...counts].map(([end, count]) => `${end}: ${count}`).join(', ');
  return tally;
}

async function hangOnce(
  disk: PoweredDisk,
  kind: 'served' | 'embedded',
  end: (typeof ENDS)[number],
  memory: ClientMemory,
  tally: Tally,
  random: Random,
): Promise<void> {
  const holder: Holder = (await (kind === 'served' ? serve(disk.folder) : embed(disk.folder)))!;
  try {
    await verify(holder.doors[0]!, memory, tally);
    let wantsMore = true;
    const loading = load(holder.doors, memory, tally, () => wantsMore);
    loading.catch(() => {});
    await sleep(random.between(20, 200));
    await disk.hang();
    await sleep(GRACE_MS);
    const told = memory.acknowledged.length;
    await sleep(random.between(100, HANG_MAX_MS));
    if (memory.acknowledged.length > told) throw new Wrong('something was acknowledged while the disk hung');
    wantsMore = false;
    await endHang(disk, holder, end, random);
    for (const code of await loading) {
      if (end === 'the disk went on') throw new Wrong(`a disk that hung for a moment was told as ${code}`);
    }
    if (end === 'the disk went on') {
      if (memory.acknowledged.length === told) throw new Wrong('what waited for the disk was not acknowledged');
      await verify(holder.doors[0]!, memory, tally);
      await holder.end();
    }
  } finally {
    const dying = holder.kill();
    await disk.letGo();
    await dying;
  }
  if (end === 'the power went') await disk.restart('mixed', random.u32());
}

async function endHang(disk: PoweredDisk, holder: Holder, end: (typeof ENDS)[number], random: Random): Promise<void> {
  if (end === 'the disk went on') return disk.letGo();
  if (end === 'the power went') await disk.cut();
  const dying = holder.kill();
  // A process that is killed is gone before its disk answers, or when it does.
  if (random.chance(0.5)) await Promise.race([dying, sleep(GRACE_MS)]);
  await disk.letGo();
  await dying;
}
