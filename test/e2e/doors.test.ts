/**
 * What is promised at every door when the server is killed, or asked to end, under load. The native door has tests of
 * its own in serve.test.ts.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateTransferStatus as Status, type TransferInput } from '../../src/index.ts';
import type { Ledger, TallystickError } from '../../src/model/index.ts';
import { type DoorName, doorNames, enter, ServedDoors } from '../support/served-doors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-doors-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
const BATCH = 50;
const CALLERS = 4;
/** Batches that a door has acknowledged when enough is enough. */
const ENOUGH = 20;

function batch(door: DoorName, index: number): TransferInput[] {
  const first = (BigInt(doorNames.indexOf(door)) << 64n) + BigInt(1 + index * BATCH);
  return Array.from({ length: BATCH }, (_, at) => {
    return { id: first + BigInt(at), debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
  });
}

interface Flood {
  readonly door: DoorName;
  readonly acknowledged: Set<number>;
  /** Sent, and answered by an error or not at all. */
  readonly unknown: Set<number>;
  readonly codes: Set<string>;
}

/** Sends batches, several in flight, until calls reject. */
async function flood(door: DoorName, url: string, enough: () => void): Promise<Flood> {
  const ledger = await enter(door, url);
  const found: Flood = { door, acknowledged: new Set(), unknown: new Set(), codes: new Set() };
  let next = 0;
  const call = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      try {
        const results = await ledger.createTransfers(batch(door, index));
        assert.ok(results.every(({ status }) => status === Status.created));
        if (found.acknowledged.add(index).size === ENOUGH) enough();
      } catch (error) {
        if ((error as Error).name === 'AssertionError') throw error;
        found.unknown.add(index);
        found.codes.add((error as TallystickError).code);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  await ledger.close();
  return found;
}

/**
 * Floods every door of a server of the ledger at `path`, and ends it with the signal when every door has acknowledged
 * enough.
 */
async function flooded(path: string, signal: NodeJS.Signals): Promise<{ floods: Flood[]; code: number | null }> {
  const server = await ServedDoors.start(path);
  const first = await enter('native', server.urls.native);
  await first.createAccounts(accounts);
  await first.close();
  let code: Promise<number | null> | undefined;
  let waiting = doorNames.length;
  const enough = (): void => {
    waiting--;
    if (waiting === 0) code = server.end(signal);
  };
  const floods = await Promise.all(doorNames.map((door) => flood(door, server.urls[door], enough)));
  return { floods, code: await code! };
}

/**
 * Sends everything again, through the door that it came through first: what was acknowledged exists, nothing is there
 * twice, and the rest has one of the statuses `others`.
 */
async function sentAgain(path: string, floods: readonly Flood[], others: readonly string[]): Promise<void> {
  const server = await ServedDoors.start(path);
  let sent = 0;
  for (const { door, acknowledged, unknown } of floods) {
    const ledger: Ledger = await enter(door, server.urls[door]);
    for (const index of [...acknowledged, ...unknown]) {
      const statuses = new Set((await ledger.createTransfers(batch(door, index))).map(({ status }) => Status[status]));
      sent += BATCH;
      if (acknowledged.has(index)) assert.deepEqual([...statuses], ['exists'], `${door}: batch ${index}`);
      // A batch is one request: done, or not.
      else
        assert.ok(
          statuses.size === 1 && others.includes([...statuses][0]!),
          `${door}: batch ${index}: ${[...statuses]}`,
        );
    }
    await ledger.close();
  }
  const ledger = await enter('native', server.urls.native);
  const [debit, credit] = await ledger.lookupAccounts([1n, 2n]);
  assert.equal(debit!.debits_posted, BigInt(sent));
  assert.equal(credit!.credits_posted, BigInt(sent));
  await ledger.close();
  assert.equal(await server.end(), 0);
}

test('kill -9 under load from every door: no acknowledged transfer is lost and none is doubled', async () => {
  const path = join(folder, 'killed');
  const { floods } = await flooded(path, 'SIGKILL');
  for (const { door, acknowledged } of floods) assert.ok(acknowledged.size >= ENOUGH, door);
  await sentAgain(path, floods, ['exists', 'created']);
});

/** What callers may hear when they are not answered. */
const farewells: { readonly [door in DoorName]: readonly string[] } = {
  // Clients are asked to leave, and do so when everything is answered.
  native: ['unreachable'],
  // A stream ends with its reason.
  grpc: ['closed', 'unreachable'],
  // Neither protocol has a word that asks a client to stop sending: what it sent in that moment was not read.
  http: ['unreachable', 'connection_lost'],
  msgpack: ['unreachable', 'connection_lost'],
};

test('SIGTERM under load from every door: what is not answered was not done, and it ends with 0', async () => {
  const path = join(folder, 'ended');
  const { floods, code } = await flooded(path, 'SIGTERM');
  assert.equal(code, 0);
  for (const { door, codes } of floods) {
    for (const said of codes) assert.ok(farewells[door].includes(said), `${door}: ${said}`);
  }
  await sentAgain(path, floods, ['created']);
});
