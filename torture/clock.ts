/**
 * The machine's clock is set back and forth, between lives of a ledger and under its feet: timestamps go on growing,
 * and nothing else changes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { embed, serve } from './processes.ts';
import { Tally } from './tally.ts';

/** As libfaketime takes them. */
const CLOCKS = ['+0', '-1d', '+1h', '-30d', '+0', '-3600', '-10s', '-2y', '+5'];

export async function clockSetBack(home: string, library: string, rounds: number, seed: number): Promise<Tally> {
  const tally = new Tally('clock set back and forth');
  const random = new Random(seed);
  const folder = join(home, 'clock');
  const file = join(home, 'faketimerc');
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const memory = new ClientMemory(random);
  try {
    for (let round = 0; round < rounds; round++) {
      writeFileSync(file, `${random.pick(CLOCKS)}\n`);
      const holder = (await (round % 2 === 0 ? embed(folder, { env }) : serve(folder, { env })))!;
      const door = holder.doors[0]!;
      await verify(door, memory, tally);
      let on = true;
      const loading = load(holder.doors, memory, tally, () => on);
      for (let step = 0; step < 4; step++) {
        await sleep(random.between(20, 60));
        writeFileSync(file, `${random.pick(CLOCKS)}\n`);
        tally.injected++;
      }
      on = false;
      const codes = await loading;
      if (codes.size > 0) throw new Wrong(`a clock that was set made ${[...codes].join()}`);
      await verify(door, memory, tally);
      await verifyAll(door, memory, tally);
      if (random.chance(0.5)) await holder.kill();
      else await holder.end();
    }
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  }
  tally.how = "Debian's libfaketime, under load and while it was closed, by up to two years";
  return tally;
}
