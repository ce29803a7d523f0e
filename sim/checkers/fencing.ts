import { TallystickError } from '../../src/model/index.ts';
import { op } from '../../testing/model/names.ts';
import { accountLayout, encode } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';
import type { Opened, World } from '../world.ts';

/**
 * A writer that another one took over from writes no more: `sleeper`, which wakes up now, hears `fence_lost` at its
 * first batch.
 */
export async function fencing(world: World, sleeper: Opened): Promise<void> {
  const account = encode(accountLayout, [{ id: 2n ** 100n + BigInt(world.step), ledger: 1n, code: 1n }]);
  const timestamp = sleeper.engine.sequencer.timestamp + 1n;
  const [outcome] = await Promise.allSettled([sleeper.port.request(op.create_accounts, account, timestamp)]);
  if (outcome.status === 'fulfilled') throw new Broken('fencing', 'a writer that was taken over from was acknowledged');
  const { reason } = outcome;
  if (!(reason instanceof TallystickError) || reason.code !== 'fence_lost') throw reason;
  await sleeper.port.close();
}
