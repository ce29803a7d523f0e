/**
 * One seed of a ledger with doors: clients and servers over a network that fails, until it no longer does; then
 * everything must come to its end, and be right.
 *
 *   client ──socket──▶ native door ──▶ lanes ──▶ sequencer ──▶ journal, machine ──▶ egress ──▶ door ──socket──▶ client
 */
import { Random } from '../../testing/model/random.ts';
import { audit } from '../checkers/audit.ts';
import { noLeak } from '../checkers/leaks.ts';
import { Broken, type Outcome } from '../failure.ts';
import { Faults } from './faults.ts';
import { simulateGlobals } from './globals.ts';
import { replay } from './replay.ts';
import { SimulatedTown } from './town.ts';

/**
 * Simulated time for the faults, and for everything to come to its end after them: longer than a kernel keeps a
 * connection that is none.
 */
const TROUBLE_MS = 6 * 3_600_000;
const PEACE_MS = 3_600_000;

/**
 * Runs `seed` to its end; `blind`: without judging what is answered. Throws what was broken, with the simulated
 * millisecond in `at`.
 */
export async function simulateTown(seed: number, at: { step: number } = { step: 0 }, blind = false): Promise<Outcome> {
  const town = new SimulatedTown(seed, blind);
  const giveBack = simulateGlobals(town.scheduler, new Random(seed ^ 0x5eed));
  try {
    await live(town, blind);
    return { digest: town.digest(), counts: town.counts, batches: town.history.entries.length };
  } finally {
    giveBack();
    at.step = Math.round(town.scheduler.now);
  }
}

async function live(town: SimulatedTown, blind: boolean): Promise<void> {
  const { scheduler, taste } = town;
  town.supervise();
  for (let clients = taste.clients; clients > 0; clients--) town.addClient();
  const faults = new Faults(town);
  faults.start();
  faults.hangs();
  await scheduler.run(() => town.answers >= taste.answers, TROUBLE_MS);

  faults.stop();
  town.ground.storage.repair();
  const limit = scheduler.now + PEACE_MS;
  const idle = (): boolean =>
    town.server?.running === true &&
    town.backlog.length === 0 &&
    [...town.clients].every((client) => client.unanswered === 0);
  town.calm();
  if (!(await scheduler.run(idle, limit))) {
    const waiting = [...town.clients].map((client) => `${client.life.name} waits for ${client.unanswered}`);
    throw new Broken('liveness', `an hour after the last fault: ${waiting.join(', ')}, ${town.backlog.length} to do`);
  }
  town.rest();
  await noLeak(town);
  await audit(town);
  if (!blind) await replay(town);
  town.count('town');
}
