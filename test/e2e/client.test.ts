/**
 * What programs for tigerbeetle-node rely on, told against ledgers in this process: in a folder through `createClient`,
 * and in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createClientWith } from '../../src/client/index.ts';
import { openMemory } from '../../src/engine/index.ts';
import { createClient } from '../../src/index.ts';
import { clientSuite } from '../../testing/conformance/client-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-client-'));
process.env.TALLYSTICK_DIR = folder;
after(() => rmSync(folder, { recursive: true, force: true }));

clientSuite('the client over a ledger in a folder', () =>
  createClient({ cluster_id: 0n, replica_addresses: ['3000'] }),
);

const createMemoryClient = createClientWith(async () => openMemory().engine);
clientSuite('the client over a ledger in memory', () =>
  createMemoryClient({ cluster_id: 0n, replica_addresses: ['3000'] }),
);
