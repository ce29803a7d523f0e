import type { ReplayPort } from '../../src/model/index.ts';
import { Model } from './model.ts';
import { op } from './names.ts';
import { accountLayout, transferLayout } from './records.ts';

/** Opens a fresh, empty ledger for a test. */
export type OpenPort = () => Promise<ReplayPort>;

/**
 * The reference model behind the door that the engine has. Requests never expire anything, `advance` does; without a
 * timestamp, creates happen in the nanoseconds right after the newest one, and reads take no time.
 */
export class ModelReplayPort implements ReplayPort {
  readonly model: Model = new Model();

  async request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array> {
    const size =
      operation === op.create_accounts
        ? accountLayout.size
        : operation === op.create_transfers
          ? transferLayout.size
          : 0;
    const count = size === 0 ? 0n : BigInt(events.length / size);
    return this.model.apply(operation, events, timestamp ?? this.model.now + count);
  }

  async advance(nanoseconds: bigint): Promise<void> {
    this.model.advance(nanoseconds);
  }

  async close(): Promise<void> {}
}

/** A fresh {@link ModelReplayPort}. */
export async function openModel(): Promise<ModelReplayPort> {
  return new ModelReplayPort();
}
