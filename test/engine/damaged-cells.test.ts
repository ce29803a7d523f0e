/**
 * Old bytes of the journal that are not what was written: whoever needs them is told where the damage is, and nobody is
 * told anything else.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buryWriters } from '../../sim/disk.ts';
import { type EngineOptions, EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { Operation, TallystickError, TransferFlags } from '../../src/model/index.ts';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import {
  accountFilterLayout,
  accountLayout,
  changeEventsFilterLayout,
  encode,
  queryFilterLayout,
  transferLayout,
} from '../../testing/model/records.ts';
import { plainTransfers } from '../../testing/model/simple.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';

const JOURNAL = 'journal/00000000.seg';
const FOLDER = '/l';
const inline: EngineOptions = { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES };
/** Transfers in a batch, so that others lie in other blocks. */
const BATCH = 40;

/** Transfer 1 and 2 are old and plain, 3 was pending and is posted by 5, 4 is balancing and moved less than it says. */
const old = encode(
  transferLayout,
  [
    { id: 1n, amount: 1n },
    { id: 2n, amount: 2n, user_data_64: 77n },
    { id: 3n, amount: 3n, flags: BigInt(TransferFlags.pending) },
    { id: 4n, amount: 1000n, flags: BigInt(TransferFlags.balancing_debit) },
    { id: 5n, pending_id: 3n, amount: 3n, flags: BigInt(TransferFlags.post_pending_transfer) },
  ].map((transfer) => ({ debit_account_id: 1n, credit_account_id: 2n, ledger: 1n, code: 1n, ...transfer })),
);

/** Op 1 makes accounts, op 2 transfer 900, op 3 the old ones, then many. Closed in order. */
async function fill(options: EngineOptions, path: string): Promise<void> {
  const port = new EngineReplayPort((await openFolder(path, options)).engine);
  const history = [1n, 2n, 3n].map((id) => ({ id, ledger: 1n, code: 1n, flags: id === 2n ? 8n | 2n : 8n }));
  await port.request(Operation.create_accounts, encode(accountLayout, history));
  await port.request(
    Operation.create_transfers,
    encode(transferLayout, [
      { id: 900n, debit_account_id: 3n, credit_account_id: 1n, amount: 50n, ledger: 1n, code: 1n },
    ]),
  );
  await port.request(Operation.create_transfers, old);
  for (let first = 1000n; first < 1400n; first += BigInt(BATCH)) {
    await port.request(Operation.create_transfers, plainTransfers(first, BATCH));
  }
  await port.close();
}

const ids = (...wanted: bigint[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(wanted.flatMap((id) => [id, 0n])).buffer);
const account = encode(accountFilterLayout, [{ account_id: 2n, limit: 5n, flags: 3n }]);

/** Every kind of read that needs the cell of transfer `id`. */
function reads(id: bigint): readonly [name: string, operation: number, events: Uint8Array][] {
  return [
    ['lookup_transfers', Operation.lookup_transfers, ids(id)],
    ['get_account_transfers', Operation.get_account_transfers, account],
    ['get_account_balances', Operation.get_account_balances, account],
    ['query_transfers', Operation.query_transfers, encode(queryFilterLayout, [{ limit: 10n }])],
    ['get_change_events', Operation.get_change_events, encode(changeEventsFilterLayout, [{ limit: 10n }])],
  ];
}

/** Byte of the header of batch `op`. */
function headerOf(bytes: Uint8Array, op: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 128; at < bytes.length; at += 128) {
    if (view.getUint32(at + 88, true) === 0x594c4c54 && view.getBigUint64(at + 8, true) === BigInt(op)) return at;
  }
  throw new Error(`no op ${op}`);
}

function journalOf(storage: FaultyStorage): Uint8Array {
  const file = storage.open(`${FOLDER}/${JOURNAL}`, { mode: 'read' });
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return bytes;
}

/** Names file and op 3, and the block of the damaged byte or, if that comes later, the batch's header. */
function isNamed(error: unknown, header: number, damaged: number): true {
  assert.ok(error instanceof TallystickError && error.code === 'journal_corrupt', String(error));
  const offset = Math.max(header, damaged - (damaged % 512));
  assert.match(error.message, new RegExp(`${JOURNAL} offset ${offset}: op 3 is damaged`));
  return true;
}

async function filled(): Promise<{ storage: FaultyStorage; header: number }> {
  const storage = new FaultyStorage();
  await fill({ ...inline, storage }, FOLDER);
  return { storage, header: headerOf(journalOf(storage), 3) };
}

test('every byte of an old cell is checked by every kind of read, and the ledger goes on', async () => {
  const { storage, header } = await filled();
  const port = new EngineReplayPort((await openFolder(FOLDER, { ...inline, storage })).engine);
  const right = new Map<string, Uint8Array>();
  for (const [name, operation, events] of reads(2n)) right.set(name, await port.request(operation, events));
  assert.ok([...right.values()].every((reply) => reply.length > 0));
  for (let byte = 0; byte < 128; byte++) {
    const damaged = header + 128 * 2 + byte;
    const bit = damaged * 8 + (byte % 8);
    storage.flip(`${FOLDER}/${JOURNAL}`, bit);
    for (const [name, operation, events] of reads(2n)) {
      await assert.rejects(
        port.request(operation, events),
        (error) => isNamed(error, header, damaged),
        `${name}, byte ${byte}`,
      );
    }
    // What does not need the cell is answered, and the ledger takes what is new.
    assert.equal((await port.request(Operation.lookup_transfers, ids(1300n))).length, 128);
    await port.request(Operation.create_transfers, plainTransfers(5000n + BigInt(byte), 1));
    storage.flip(`${FOLDER}/${JOURNAL}`, bit);
  }
  for (const [name, operation, events] of reads(2n))
    assert.deepEqual(await port.request(operation, events), right.get(name));
  await port.close();
});

for (const { what, cell, id } of [
  { what: 'a transfer with the same id', cell: 1, id: 1n },
  { what: 'the same id and other fields', cell: 2, id: 2n },
  { what: 'the pending transfer of a second post', cell: 3, id: 6n },
]) {
  test(`${what} is not judged by a damaged cell: the engine stops, and says so again when it is opened`, async () => {
    const { storage, header } = await filled();
    const port = new EngineReplayPort((await openFolder(FOLDER, { ...inline, storage })).engine);
    const damaged = header + 128 * cell + 48;
    storage.flip(`${FOLDER}/${JOURNAL}`, damaged * 8);
    const post = { id, pending_id: 3n, amount: 3n, flags: BigInt(TransferFlags.post_pending_transfer) };
    const both = { debit_account_id: 1n, credit_account_id: 2n, ledger: 1n, code: 1n };
    const event = { ...both, ...(cell === 3 ? post : { id, amount: 1n }) };
    const events = encode(transferLayout, [event]);
    await assert.rejects(port.request(Operation.create_transfers, events), (error) => isNamed(error, header, damaged));
    await assert.rejects(port.request(Operation.lookup_transfers, ids(1300n)), { code: 'journal_corrupt' });
    await port.close().catch(() => undefined);
    const again = storage.restart();
    buryWriters(again, FOLDER);
    await assert.rejects(openFolder(FOLDER, { ...inline, storage: again }), (error) => isNamed(error, header, damaged));
    // With the byte as it was, all is well.
    again.flip(`${FOLDER}/${JOURNAL}`, damaged * 8);
    buryWriters(again, FOLDER);
    const healed = new EngineReplayPort((await openFolder(FOLDER, { ...inline, storage: again })).engine);
    assert.equal((await healed.request(Operation.lookup_transfers, ids(id))).length, id === 6n ? 0 : 128);
    await healed.close();
  });
}

const folder = temporaryFolder();

test('the same on a disk, on threads: each read is refused by itself, all at once', async () => {
  const path = join(folder, 'threads');
  await fill({ ...inline, mode: 'inline' }, path);
  const bytes = readFileSync(join(path, JOURNAL));
  const header = headerOf(bytes, 3);
  const damaged = header + 128 * 2 + 48;
  bytes[damaged]! ^= 8;
  writeFileSync(join(path, JOURNAL), bytes);
  const { engine } = await openFolder(path, { mode: 'threads', expires: false, sizes: FORGETFUL_SIZES });
  const port = new EngineReplayPort(engine);
  const all = reads(2n).map(([, operation, events]) => port.request(operation, events));
  const good = port.request(Operation.lookup_transfers, ids(1300n));
  for (const outcome of await Promise.allSettled(all)) {
    assert.ok(outcome.status === 'rejected');
    isNamed(outcome.reason, header, damaged);
  }
  assert.equal((await good).length, 128);
  await port.request(Operation.create_transfers, plainTransfers(6000n, 3));
  await assert.rejects(port.request(Operation.create_transfers, plainTransfers(2n, 1)), (error) =>
    isNamed(error, header, damaged),
  );
  await engine.close().catch(() => undefined);
});

test('a ledger without checksums of old cells, as before there were any, gets them and is read', async () => {
  const path = join(folder, 'before');
  await fill(inline, path);
  const kept = join(folder, 'kept');
  cpSync(path, kept, { recursive: true, filter: (source) => !source.endsWith('.sum') });
  const port = new EngineReplayPort((await openFolder(kept, inline)).engine);
  assert.equal((await port.request(Operation.lookup_transfers, ids(1n, 2n, 3n, 4n, 5n))).length, 5 * 128);
  await port.close();
  assert.deepEqual(readFileSync(join(kept, 'journal/00000000.sum')), readFileSync(join(path, 'journal/00000000.sum')));
});
