import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineReplayPort, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { Operation } from '../../src/model/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { everyTransfer, plainTransfers, twoAccounts } from '../../testing/model/simple.ts';

const EVENTS_MAX = 8189;

async function openInline(): Promise<EngineReplayPort> {
  const { engine } = await openFolder('/l', { mode: 'inline', storage: new MemoryStorage(), sizes: SMALL_SIZES });
  const port = new EngineReplayPort(engine);
  await port.request(Operation.create_accounts, twoAccounts);
  return port;
}

/** A ring holds four of them, and the journal writes two and a bit at a time. */
for (const batches of [3, 4, 5, 9]) {
  test(`${batches} full batches sent in one turn are all answered`, { timeout: 30_000 }, async () => {
    const port = await openInline();
    const replies = await Promise.all(
      Array.from({ length: batches }, (_, batch) =>
        port.request(Operation.create_transfers, plainTransfers(1n + BigInt(batch * EVENTS_MAX), EVENTS_MAX)),
      ),
    );
    assert.deepEqual(
      replies.map((reply) => reply.length),
      replies.map(() => EVENTS_MAX * 16),
    );
    await port.close();
  });
}

test('large queries behind full batches, all sent in one turn, see what was sent before them', {
  timeout: 60_000,
}, async () => {
  const port = await openInline();
  const sent: Promise<Uint8Array>[] = [];
  for (let batch = 0; batch < 12; batch++) {
    sent.push(port.request(Operation.create_transfers, plainTransfers(1n + BigInt(batch * EVENTS_MAX), EVENTS_MAX)));
    // A MiB each, and the ring of replies holds four.
    sent.push(port.request(Operation.query_transfers, everyTransfer));
    sent.push(port.request(Operation.query_transfers, everyTransfer));
  }
  const replies = await Promise.all(sent);
  assert.deepEqual(
    replies.map((reply) => reply.length),
    replies.map((_, index) => EVENTS_MAX * (index % 3 === 0 ? 16 : 128)),
  );
  await port.close();
});
