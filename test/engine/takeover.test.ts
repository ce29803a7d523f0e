/** A writer that was thought dead and is not: whatever it still writes, nothing that anybody was told is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buryWriters } from '../../sim/disk.ts';
import { type EngineOptions, EngineReplayPort, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { Operation, TallystickError } from '../../src/model/index.ts';
import type { File, Storage } from '../../src/platform/index.ts';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { everyTransfer, plainTransfers, twoAccounts } from '../../testing/model/simple.ts';

const folder = '/l';
const inline: EngineOptions = { mode: 'inline', sizes: SMALL_SIZES };

type Write = () => void;

/** Hands every write to a segment to `meet`, which may let it happen, later or never. */
function interposed(inner: Storage, meet: (write: Write) => void): Storage {
  const bound = <T extends object>(target: T, name: string | symbol): unknown => {
    const value = (target as Record<string | symbol, unknown>)[name];
    return typeof value === 'function' ? value.bind(target) : value;
  };
  const watched = (file: File): File =>
    new Proxy(file, {
      get: (target, name) =>
        name === 'write'
          ? (bytes: Uint8Array, position: number) => {
              const copy = bytes.slice();
              meet(() => target.write(copy, position));
            }
          : bound(target, name),
    });
  return new Proxy(inner, {
    get: (target, name) =>
      name === 'open'
        ? (...args: Parameters<Storage['open']>) =>
            args[0].endsWith('.seg') ? watched(target.open(...args)) : target.open(...args)
        : bound(target, name),
  });
}

interface Slow {
  /** The disk as everybody else has it. */
  readonly storage: FaultyStorage;
  /** A writer whose next write to the journal `meet` gets to decide on. */
  readonly first: EngineReplayPort;
}

async function slowWriter(meet: (write: Write, storage: FaultyStorage) => void): Promise<Slow> {
  const storage = new FaultyStorage();
  let next = false;
  const slow = interposed(storage, (write) => {
    if (!next) return write();
    next = false;
    meet(write, storage);
  });
  const first = new EngineReplayPort((await openFolder(folder, { ...inline, storage: slow })).engine);
  await first.request(Operation.create_accounts, twoAccounts);
  await first.request(Operation.create_transfers, plainTransfers(1n, 3));
  next = true;
  return { storage, first };
}

/** Takes over from a writer of which nothing can be known here. */
async function takenOver(storage: FaultyStorage): Promise<EngineReplayPort> {
  const [name] = storage.list(folder).filter((file) => /^writer-\d+\.lock$/.test(file));
  const file = storage.open(`${folder}/${name}`, { mode: 'write', durable: true });
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.truncate(0);
  const owner = JSON.parse(new TextDecoder().decode(bytes)) as object;
  file.write(
    new TextEncoder().encode(`${JSON.stringify({ ...owner, host: 'another machine', released: false })}\n`),
    0,
  );
  file.close();
  return new EngineReplayPort((await openFolder(folder, { ...inline, storage, takeOver: true })).engine);
}

async function transfersIn(storage: FaultyStorage): Promise<number> {
  buryWriters(storage, folder);
  const port = new EngineReplayPort((await openFolder(folder, { ...inline, storage })).engine);
  const found = await port.request(Operation.query_transfers, everyTransfer);
  await port.close();
  return found.length / 128;
}

test('a write that lands after somebody else has recovered is acknowledged to nobody', async () => {
  let second: Promise<EngineReplayPort> | undefined;
  const { storage, first } = await slowWriter((write, shared) => {
    second = takenOver(shared);
    write();
  });
  await assert.rejects(first.request(Operation.create_transfers, plainTransfers(11n, 7)), { code: 'fence_lost' });
  const next = await second!;
  assert.equal((await next.request(Operation.query_transfers, everyTransfer)).length, 3 * 128);
  await next.request(Operation.create_transfers, plainTransfers(21n, 1));
  await next.close();
  await first.close();
  assert.equal(await transfersIn(storage), 4);
});

for (const batches of [1, 2, 3]) {
  test(`a write that lands once the next writer acknowledged ${batches} batches takes none of them away`, async () => {
    let late: Write | undefined;
    const { storage, first } = await slowWriter((write) => {
      late = write;
      throw new Error('the test holds this writer up');
    });
    await assert.rejects(first.request(Operation.create_transfers, plainTransfers(11n, 7)));
    const second = await takenOver(storage);
    for (let batch = 0n; batch < batches; batch++) {
      await second.request(Operation.create_transfers, plainTransfers(21n + batch, 1));
    }
    late!();
    assert.equal(await transfersIn(storage.restart()), 3 + batches);
  });
}

test('an idle writer that was ousted records nothing when it closes', async () => {
  const { storage, first } = await slowWriter((write) => write());
  const second = await takenOver(storage);
  await second.request(Operation.create_transfers, plainTransfers(21n, 1));
  await assert.rejects(first.close(), { code: 'fence_lost' });
  await second.close();
  assert.equal(await transfersIn(storage), 4);
});

test('whatever an ousted writer stumbles over, it hears that it was ousted', async () => {
  const { first } = await slowWriter((_, storage) => {
    storage.open(`${folder}/writer-0000000000000002.lock`, { mode: 'create' }).close();
    throw new TallystickError('not_found', 'a draft that the next writer has removed');
  });
  await assert.rejects(first.request(Operation.create_transfers, plainTransfers(21n, 1)), { code: 'fence_lost' });
  await assert.rejects(first.request(Operation.create_transfers, plainTransfers(22n, 1)), { code: 'fence_lost' });
  await first.close();
});
