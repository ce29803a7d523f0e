/**
 * One folder, several processes that want it: one has it, the others are told; and who lost it to another acknowledges
 * nothing more.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { type Embedded, embed, type Holder, type Refused, serve } from './processes.ts';
import { Tally } from './tally.ts';

export async function twoWriters(home: string, rounds: number, seed: number): Promise<Tally> {
  const tally = new Tally('two processes on one folder');
  const random = new Random(seed);
  const folder = join(home, 'shared');
  const memory = new ClientMemory(random);
  const open: Holder[] = [];
  let raced = 0;
  let fenced = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const holder = (await (round % 2 === 0 ? serve(folder) : embed(folder)))!;
      open.push(holder);
      await verify(holder.doors[0]!, memory, tally);
      const loading = load(holder.doors, memory, tally);
      await refusals(folder, tally);
      await holder.kill();
      await loading;
      raced += await race(folder, memory, tally, open);
      await takeOver(folder, memory, tally, random, open);
      fenced++;
    }
    const last = (await embed(folder))!;
    open.push(last);
    await verify(last.doors[0]!, memory, tally);
    await verifyAll(last.doors[0]!, memory, tally);
    await last.end();
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  } finally {
    for (const holder of open) await holder.kill();
  }
  tally.how =
    `refused while it is open, ${raced} that wanted it at once after a kill, ${fenced} writers that lost it ` +
    'under load';
  return tally;
}

/** While somebody has it, nobody else gets it, and the one who has it does not notice. */
async function refusals(folder: string, tally: Tally): Promise<void> {
  for (const open of [() => embed(folder), () => embed(folder, { takeOver: true }), () => serve(folder)]) {
    const code = await open().then(
      async (second) => {
        await second?.kill();
        return 'opened';
      },
      (error: Refused) => error.code,
    );
    tally.injected++;
    if (code !== 'locked') throw new Wrong(`a folder that is open is ${code} for a second process`);
  }
}

/** Several want it in the same moment: one gets it. */
async function race(folder: string, memory: ClientMemory, tally: Tally, open: Holder[]): Promise<number> {
  const contenders = await Promise.allSettled(Array.from({ length: 4 }, () => embed(folder)));
  const winners: Embedded[] = [];
  for (const contender of contenders) {
    tally.injected++;
    if (contender.status === 'fulfilled') winners.push(contender.value!);
    else if ((contender.reason as Refused).code !== 'locked') throw contender.reason;
  }
  open.push(...winners);
  if (winners.length !== 1) throw new Wrong(`${winners.length} of 4 processes have the folder`);
  await verify(winners[0]!.doors[0]!, memory, tally);
  await winners[0]!.end();
  return contenders.length;
}

/**
 * A writer's lock is made to look as if it were of another machine, and the next one takes over while the first is
 * writing.
 */
async function takeOver(
  folder: string,
  memory: ClientMemory,
  tally: Tally,
  random: Random,
  open: Holder[],
): Promise<void> {
  const first = (await embed(folder))!;
  open.push(first);
  await verify(first.doors[0]!, memory, tally);
  const loading = load(first.doors, memory, tally);
  await sleep(random.between(1, 60));
  const name = readdirSync(folder)
    .filter((file) => /^writer-\d+\.lock$/.test(file))
    .sort()
    .at(-1)!;
  const lock = join(folder, name);
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/"host":"[^"]*"/, '"host":"elsewhere"'));
  const second = (await embed(folder, { takeOver: true }))!;
  open.push(second);
  tally.injected++;
  const codes = await loading;
  if ([...codes].join() !== 'fence_lost') throw new Wrong(`a writer that lost its folder hears ${[...codes].join()}`);
  await verify(second.doors[0]!, memory, tally);
  await first.close();
  await second.end();
}
