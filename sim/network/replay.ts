import { openFolder } from '../../src/engine/index.ts';
import { machineDigest, sameDigest } from '../checkers/determinism.ts';
import { FOLDER } from './server.ts';
import type { SimulatedTown } from './town.ts';

/**
 * The journal alone, without snapshots and runs, gives the ledger that the last server has. It is told to nobody:
 * nothing else may be going on.
 */
export async function replay({ ground, server, clocks }: SimulatedTown): Promise<void> {
  const copy = ground.storage.fork();
  for (const folder of [`${FOLDER}/snapshots`, `${FOLDER}/runs`]) {
    for (const name of copy.list(folder)) copy.remove(`${folder}/${name}`);
  }
  const { engine } = await openFolder(FOLDER, {
    mode: 'inline',
    storage: copy,
    sizes: ground.taste.sizes,
    clock: clocks[0]!,
    expires: false,
    takeOver: true,
    writer: { lives: () => 'no' },
  });
  sameDigest(machineDigest(server!), machineDigest({ engine }), 'replayed from its first op');
}
