/** What the nodes of a group hold, compared when all of them have everything. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, open, transfersOf } from '../../../src/index.ts';
import type { Group } from './group.ts';
import { checkPayments } from './payers.ts';

/** Waits until every node has what the furthest one has. */
async function levelled({ nodes }: Group): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await pause(100)) {
    const ops = await Promise.all(nodes.map(({ address }) => opOf(address)));
    if (ops.every((op) => op === ops[0])) return;
  }
  assert.fail('a node does not follow');
}

/** The last op of a node, as it says itself. */
async function opOf(address: string): Promise<bigint> {
  const ledger = await connect(address);
  const { lastOp } = ledger.pin;
  await ledger.close();
  return lastOp;
}

/** Ends all nodes in order, and compares what their folders hold. */
export async function compareFolders(group: Group, told: readonly bigint[], unknown: readonly bigint[]): Promise<void> {
  const { nodes } = group;
  await levelled(group);
  await Promise.all(nodes.map((node) => node.stop()));
  const seen: string[] = [];
  for (const { folder } of nodes) {
    const ledger = await open(folder, { create: false });
    await checkPayments(ledger, told, unknown);
    const hash = createHash('sha256');
    for await (const page of transfersOf(ledger)) {
      hash.update(JSON.stringify(page, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
    }
    seen.push(hash.digest('hex'));
    await ledger.close();
  }
  assert.equal(seen[1], seen[0], 'node 1 holds what node 0 holds');
  assert.equal(seen[2], seen[0], 'node 2 holds what node 0 holds');
}
