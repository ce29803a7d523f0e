import { LANES } from '../../packages/server/src/server/index.ts';
import { Broken } from '../failure.ts';
import type { SimulatedTown } from '../network/town.ts';

/** Longer than a kernel asks a silent machine whether it is still there. */
const SILENCE_MS = 1_200_000;

/**
 * When all is answered, nothing is held: no cell of the ring, no place in a lane, no credit, no connection of a client
 * that is gone.
 */
export async function noLeak({ scheduler, server, clients }: SimulatedTown): Promise<void> {
  await scheduler.run(() => false, scheduler.now + SILENCE_MS);
  const held = (what: string, count: number): void => {
    if (count !== 0) throw new Broken('leaks', `${count} ${what} after everything was answered`);
  };
  const { engine, ingress, native } = server!;
  held('requests in the engine', engine.inFlight);
  for (const lane of LANES) held(`cells in the ${lane} lane`, ingress.depth(lane));
  held('cells of credit', native.pooledCells);
  for (const client of clients) held(`requests of ${client.life.name}`, client.sessionUnanswered);
  held('more connections than clients', Math.max(0, native.connections - clients.size));
}
