import { setTimeout as sleep } from 'node:timers/promises';
import { ModelReplayPort } from '../../testing/model/model-port.ts';

/** As slow as a disk, so that whoever wants to kill its process in the middle can. */
class UnhurriedPort extends ModelReplayPort {
  override async request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array> {
    await sleep(1);
    return super.request(operation, events, timestamp);
  }
}

/**
 * The reference model as a module for {@link ./replay-child.ts}: it keeps nothing in the folder, and shows the form.
 */
export async function openReplay(_folder: string): Promise<ModelReplayPort> {
  return new UnhurriedPort();
}
