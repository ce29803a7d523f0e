/** What the folders of all nodes hold at the end: the same, and everything that callers were told, once. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, open, transfersOf } from '../../src/index.ts';
import type { Tally } from '../tally.ts';
import type { Callers } from './callers.ts';
import type { Group } from './group.ts';

const LEVEL_MS = 120_000;

/** Waits until every node has what the furthest one has; then ends all nodes in order. */
export async function levelAndEnd(group: Group): Promise<void> {
  const deadline = performance.now() + LEVEL_MS;
  for (;;) {
    const ops = await Promise.all(group.doors.native.map(opOf));
    if (ops.every((op) => op !== undefined && op === ops[0])) break;
    if (performance.now() > deadline) throw new Error(`a node does not follow: ${ops.join(', ')}`);
    await pause(200);
  }
  await Promise.all(group.nodes.map((node) => node.stop()));
}

/** The last op of a node, as it says itself; undefined while it does not. */
async function opOf(address: string): Promise<bigint | undefined> {
  try {
    const ledger = await connect(address);
    const { lastOp } = ledger.pin;
    await ledger.close();
    return lastOp;
  } catch {
    return undefined;
  }
}

/** Compares the folders with one another and with what callers were told. */
export async function compareFolders(group: Group, callers: Callers, tally: Tally): Promise<void> {
  const digests: string[] = [];
  for (const { node, folder } of group.nodes) {
    const ledger = await open(folder, { create: false });
    const hash = createHash('sha256');
    const seen = new Set<bigint>();
    for await (const page of transfersOf(ledger)) {
      for (const { id } of page) {
        if (seen.has(id)) tally.double(`node ${node} has transfer ${id} twice`);
        seen.add(id);
        if (callers.refused.has(id)) tally.err(`node ${node} has transfer ${id}, which was refused`);
        else if (!callers.told.has(id) && !callers.unknown.has(id)) tally.err(`nobody has sent transfer ${id}`);
      }
      hash.update(JSON.stringify(page, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
    }
    for (const id of callers.told) {
      if (!seen.has(id)) tally.lose(`transfer ${id} was acknowledged, and node ${node} does not have it`);
    }
    tally.checked += callers.told.size;
    digests.push(hash.digest('hex'));
    await ledger.close();
  }
  if (new Set(digests).size > 1) tally.err(`the nodes' folders differ: ${digests.join(', ')}`);
}
