/**
 * A small ledger with every kind of record in journal, snapshots and runs, and what it answers; for those who damage
 * it.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeInventory } from '../sim/inventory.ts';
import { type EngineOptions, EngineReplayPort, openFolder } from '../src/engine/index.ts';
import type { ReplayPort } from '../src/index.ts';
import { everyKind } from '../testing/model/kinds.ts';
import { op } from '../testing/model/names.ts';
import { transferLayout } from '../testing/model/records.ts';
import { everyTransfer, plainTransfers } from '../testing/model/simple.ts';
import { FORGETFUL_SIZES } from '../testing/ports/sizes.ts';

/** Nothing happens for so long before the kill. */
const IDLE_MS = 300;
const LAST_BATCH = 2;
const OPTIONS: EngineOptions = { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES };

export interface Specimen {
  readonly folder: string;
  /** {@link answersOf} of the whole ledger: everything that was told, which is all that may be answered. */
  readonly whole: string;
  /** The answers of the ledger without its last batch, which was acknowledged like all others. */
  readonly before: string;
  /** Transfers of that batch. */
  readonly lastBatch: number;
  /** Transfers that were told. */
  readonly told: number;
}

export async function openSpecimen(folder: string, more: EngineOptions = {}): Promise<EngineReplayPort> {
  return new EngineReplayPort((await openFolder(folder, { ...OPTIONS, ...more })).engine);
}

/** Everything that can be read of it, as text. */
export async function answersOf(port: ReplayPort): Promise<string> {
  const texts: string[] = [];
  await takeInventory(async ({ operation, events }) => {
    const reply = await port.request(operation, events);
    texts.push(Buffer.from(reply).toString('base64'));
    return reply;
  });
  return texts.join('\n');
}

/** One that was closed in order, and one that was killed when nothing had happened for a while. */
export async function specimens(home: string): Promise<{ readonly closed: Specimen; readonly killed: Specimen }> {
  const closed = join(home, 'closed');
  const killed = join(home, 'killed');
  const port = await openSpecimen(closed);
  await everyKind(port);
  await port.request(op.create_transfers, plainTransfers(1000n, 4));
  await port.request(op.create_transfers, plainTransfers(2000n, 3));
  const before = await answersOf(port);
  await port.request(op.create_transfers, plainTransfers(3000n, LAST_BATCH));
  const whole = await answersOf(port);
  const told = (await port.request(op.query_transfers, everyTransfer)).length / transferLayout.size;
  await sleep(IDLE_MS);
  cpSync(closed, killed, { recursive: true });
  await port.close();
  // The lock names this process, which lives.
  for (const folder of [closed, killed]) {
    for (const name of readdirSync(folder)) if (name.startsWith('writer-')) rmSync(join(folder, name));
  }
  const both = { whole, before, lastBatch: LAST_BATCH, told };
  return { closed: { folder: closed, ...both }, killed: { folder: killed, ...both } };
}
