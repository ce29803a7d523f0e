import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemory } from 'tallystick/internal/engine';
import {
  type Cells,
  CreateTransferStatus,
  NO_CONTEXT,
  Operation,
  type Port,
  TallystickError,
  TransferFlags,
  type Write,
} from 'tallystick/internal/model';
import { mayShare } from './coalesce.ts';
import { Ingress } from './ingress.ts';

interface Shape {
  readonly id: number;
  readonly debit?: number;
  readonly flags?: number;
}

const ACCOUNTS = 5;
const { imported, linked, pending } = TransferFlags;

function transfers(shapes: readonly Shape[]): Uint8Array {
  const bytes = new Uint8Array(shapes.length * 128);
  const view = new DataView(bytes.buffer);
  shapes.forEach(({ id, debit = 1, flags = 0 }, index) => {
    view.setUint32(index * 128, id, true);
    view.setUint32(index * 128 + 16, debit, true);
    view.setUint32(index * 128 + 32, (debit % ACCOUNTS) + 1, true);
    view.setUint32(index * 128 + 48, 1, true);
    view.setUint32(index * 128 + 112, 1, true);
    view.setUint16(index * 128 + 116, 1, true);
    view.setUint16(index * 128 + 118, flags, true);
    if ((flags & imported) !== 0) view.setUint32(index * 128 + 120, 1 + id, true);
  });
  return bytes;
}

function statuses({ view }: Cells, at: number, size: number): number[] {
  return Array.from({ length: size / 16 }, (_, index) => view.getUint32(at + index * 16 + 8, true));
}

/** Sends all at once, as a door does with what it read in a turn. */
function sendAll(ingress: Ingress, requests: readonly (readonly Shape[])[]): Promise<number[]>[] {
  return requests.map((shapes) => {
    const events = transfers(shapes);
    const write = ({ bytes }: Cells, at: number): void => bytes.set(events, at);
    return ingress.request({
      operation: Operation.create_transfers,
      count: shapes.length,
      write,
      read: statuses,
      context: { events },
    });
  });
}

/** A ledger in memory behind it, with accounts; tells the sizes of the batches that reach it. */
async function ledger(): Promise<{ readonly ingress: Ingress; readonly batches: number[]; close(): Promise<void> }> {
  const { engine } = openMemory();
  const batches: number[] = [];
  const port: Port = {
    eventsMax: engine.eventsMax,
    request(request) {
      batches.push(request.count);
      return engine.request(request);
    },
    close: () => engine.close(),
  };
  const ingress = new Ingress(port);
  await ingress.request({
    operation: Operation.create_accounts,
    count: ACCOUNTS,
    write: ({ bytes, view }, at) => {
      bytes.fill(0, at, at + ACCOUNTS * 128);
      for (let i = 0; i < ACCOUNTS; i++) {
        view.setUint32(at + i * 128, i + 1, true);
        view.setUint32(at + i * 128 + 112, 1, true);
        view.setUint16(at + i * 128 + 116, 1, true);
      }
    },
    read: () => {},
    context: NO_CONTEXT,
  });
  batches.length = 0;
  return { ingress, batches, close: () => engine.close() };
}

test('requests of one turn share a batch, and each hears its own statuses', async () => {
  const { ingress, batches, close } = await ledger();
  const answers = await Promise.all(sendAll(ingress, [[{ id: 1 }], [{ id: 2, debit: 99 }, { id: 3 }], [{ id: 1 }]]));
  const { created, exists, debit_account_not_found } = CreateTransferStatus;
  assert.deepEqual(answers, [[created], [debit_account_not_found, created], [exists]]);
  assert.deepEqual(batches, [4]);
  assert.equal(ingress.statistics.normal.requests, 4, 'the accounts, and each request for itself');
  await close();
});

test('whatever shares a batch is answered as if it were alone: chains, imports, failures', async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >>> 8) % below;
  };
  const together = await ledger();
  const apart = await ledger();
  for (let round = 0; round < 60; round++) {
    const requests = Array.from({ length: 1 + random(12) }, () =>
      Array.from({ length: 1 + random(4) }, (): Shape => {
        const flags = random(3) > 0 ? 0 : [linked, linked, imported, pending][random(4)]!;
        return { id: 1 + random(400), debit: 1 + random(ACCOUNTS + 1), flags };
      }),
    );
    const heard = await Promise.all(sendAll(together.ingress, requests));
    const expected: number[][] = [];
    for (const request of requests) expected.push(await sendAll(apart.ingress, [request])[0]!);
    assert.deepEqual(heard, expected, `round ${round}: ${JSON.stringify(requests)}`);
  }
  assert.ok(together.batches.length < apart.batches.length, 'batches were shared');
  await together.close();
  await apart.close();
});

test('an open chain, an import, a large request and one whose bytes are unknown stay alone', () => {
  const { create_transfers, create_accounts } = Operation;
  const shares = (operation: Operation, count: number, events?: Uint8Array): boolean => {
    const context = events === undefined ? NO_CONTEXT : { events };
    return mayShare({ operation, count, write: () => {}, read: () => {}, context });
  };
  assert.equal(shares(create_transfers, 2, transfers([{ id: 1, flags: linked }, { id: 2 }])), true);
  assert.equal(shares(create_transfers, 2, transfers([{ id: 1 }, { id: 2, flags: linked }])), false);
  assert.equal(shares(create_transfers, 2, transfers([{ id: 1, flags: imported }, { id: 2 }])), false);
  assert.equal(shares(create_transfers, 257, new Uint8Array(257 * 128)), false);
  assert.equal(shares(create_transfers, 1), false);
  assert.equal(shares(create_accounts, 1, transfers([{ id: 1 }])), false);
});

test('a request that the engine refuses before anything was sent takes nobody along', async () => {
  const { engine } = openMemory();
  const refusing = new Ingress({
    eventsMax: 8189,
    request(request) {
      const { count } = request;
      const write: Write = (cells, at) => {
        request.write(cells, at);
        for (let i = 0; i < count; i++) {
          if ((cells.view.getUint16(at + i * 128 + 118, true) & pending) !== 0)
            throw new TallystickError('too_many_pendings');
        }
      };
      return engine.request({ ...request, write });
    },
    close: () => engine.close(),
  });
  const answers = await Promise.allSettled(sendAll(refusing, [[{ id: 1 }], [{ id: 2, flags: pending }], [{ id: 3 }]]));
  const { debit_account_not_found } = CreateTransferStatus;
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code)),
    [[debit_account_not_found], 'too_many_pendings', [debit_account_not_found]],
  );
  await engine.close();
});

test('a reader or writer that throws is alone with that', async () => {
  const { ingress, close } = await ledger();
  const events = transfers([{ id: 9 }]);
  const good = sendAll(ingress, [[{ id: 1 }]])[0]!;
  const { create_transfers } = Operation;
  const badRead = ingress.request({
    operation: create_transfers,
    count: 1,
    write: ({ bytes }, at) => bytes.set(events, at),
    read: () => {
      throw new RangeError('not mine');
    },
    context: { events },
  });
  const badWrite = ingress.request({
    operation: create_transfers,
    count: 1,
    write: () => {
      throw new RangeError('not written');
    },
    read: statuses,
    context: { events },
  });
  const answers = await Promise.allSettled([good, badRead, badWrite]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  await close();
});
