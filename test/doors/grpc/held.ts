/** A port that answers when it is told to, a bare door in front of it, and what is sent through. */

import type { GrpcLimits } from '../../../packages/server/src/server/index.ts';
import { NO_CONTEXT, Operation, type Port } from '../../../src/model/index.ts';
import { FakePort, resultsOf, type Sent } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, type Message } from './grpc-js.ts';

/** Answers when it is told to. */
export class HeldPort extends FakePort {
  readonly held: (() => void)[] = [];
  override answer = async ({ count }: Sent): Promise<Uint8Array> => {
    await new Promise<void>((resolve) => this.held.push(resolve));
    return resultsOf(count, 0xffff_ffff);
  };

  /** Answers everything, now and from now on. */
  release(): void {
    this.answer = async ({ count }) => resultsOf(count, 0xffff_ffff);
    for (const answer of this.held.splice(0)) answer();
  }
}

export async function over(
  port: FakePort,
  act: (door: GrpcDoorFixture, client: GrpcJsClient) => Promise<void>,
  limits: Partial<GrpcLimits> = {},
): Promise<void> {
  const door = await GrpcDoorFixture.openBare({ limits }, port);
  const client = new GrpcJsClient(door.authority);
  try {
    await act(door, client);
  } finally {
    if (port instanceof HeldPort) port.release();
    client.close();
    await door.close();
  }
}

export const create = (id: number, count = 1): Message => ({
  id: String(id),
  create_transfers: { packed: Buffer.alloc(128 * count, 1) },
});
export const send = (port: Port, count = 1): Promise<number> =>
  port.request({
    operation: Operation.create_transfers,
    count,
    write: ({ bytes }, at) => bytes.fill(1, at, at + 128 * count),
    read: (_cells, _at, size) => size / 16,
    context: NO_CONTEXT,
  });
