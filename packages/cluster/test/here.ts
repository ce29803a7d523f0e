/** Nodes in this process, on real nats-servers, for tests. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import type { AccountInput, TransferInput } from 'tallystick';
import { openFolder, SMALL_SIZES } from 'tallystick/internal';
import type { NatsServer } from '../src/local/servers.ts';
import { type OpenNode, openNode } from '../src/open.ts';

/** Its id. */
export const CLUSTER: bigint = 7n;
export const DIGEST_EVERY: number = 8;

/** What nodes have logged. */
export interface Said {
  readonly errors: string[];
}

/** Nodes that a test has not closed. */
const opened = new Set<OpenNode>();
// A test that has failed has taken their folders away.
afterEach(async () => close(...opened).catch(() => undefined));

export async function openHere(
  servers: readonly NatsServer[],
  folder: string,
  node: number,
  said: Said = { errors: [] },
  retain?: number,
): Promise<OpenNode> {
  const open = await openQuietly(servers, folder, node, said, retain);
  opened.add(open);
  return open;
}

function openQuietly(
  servers: readonly NatsServer[],
  folder: string,
  node: number,
  said: Said,
  retain?: number,
): Promise<OpenNode> {
  return openNode(
    {
      servers: servers.map(({ url }) => url),
      monitors: servers.map(({ monitor }) => monitor),
      cluster: CLUSTER,
      node,
      folder: join(folder, `node-${node}`),
      address: () => `tcp://node-${node}`,
      digestEvery: DIGEST_EVERY,
      ...(retain !== undefined && { retain }),
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (fields: object, text: string) =>
          void said.errors.push(`${text} ${(fields as { err?: unknown }).err ?? ''}`),
      },
    },
    (more) => openFolder(join(folder, `node-${node}`), { mode: 'inline', sizes: SMALL_SIZES, ...more }),
  );
}

export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}, and it is not so`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function close(...nodes: readonly OpenNode[]): Promise<void> {
  for (const node of nodes) {
    opened.delete(node);
    await node.leave();
    // One that has failed says so again.
    await node.engine.close().catch((error: unknown) => assert.equal(error, node.engine.failure));
  }
}

export function leaderAmong(nodes: readonly OpenNode[]): OpenNode | undefined {
  return nodes.find(({ port }) => port.role === 'leading');
}

export function transfer(id: bigint): TransferInput {
  return { id, debit_account_id: 1n, credit_account_id: 2n, amount: 3n, ledger: 1, code: 1 };
}

export const accounts: readonly AccountInput[] = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
