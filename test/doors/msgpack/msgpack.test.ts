import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Ingress, MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { HeldPort } from '../../../testing/ports/held-port.ts';
import { frame, framed, MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { atEnd } from '../../support/endings.ts';

const memory = openMemory();
const ingress = new Ingress(memory.engine);
const server = await MessagePackServer.listen(ingress, { limits: { frameMs: 200 } });
let port: number;
let client: MessagePackClient;

before(async () => {
  ({ port } = server.address);
  client = new MessagePackClient(port);
  const accounts = [1, 2].map((id) => ({ id, ledger: 1, code: 1 }));
  const { results } = await client.call('create_accounts', accounts);
  assert.deepEqual(
    results!.map(({ status }) => status),
    ['created', 'created'],
  );
});
after(async () => {
  await server.drain();
  await ingress.close();
  await memory.engine.close();
});

let next = 1;
function transfer(values: object = {}): object {
  return { id: next++, debit_account_id: 1, credit_account_id: 2, amount: 5, ledger: 1, code: 1, ...values };
}

/** Until it holds, or the test's time is over. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

describe('messages', () => {
  test('as maps and as arrays, pipelined, each answered once by its id', async () => {
    const sent = Array.from({ length: 1000 }, () => client.call('create_transfers', [transfer()]));
    for (const { results } of await Promise.all(sent)) assert.equal(results![0]!.status, 'created');
    client.socket.write(frame(['mine', 'create_transfers', [transfer()], 'high']));
    client.socket.write(frame(['wrong', 'create_transfers', [{}]]));
    await until(() => client.others.length === 2);
    const [results, refusal] = (client.others.splice(0) as unknown[][]).sort();
    assert.deepEqual(
      [results![0], results![1], (results![2] as { status: string }[])[0]!.status],
      ['mine', null, 'created'],
    );
    assert.deepEqual(
      [refusal![0], (refusal![1] as { code: string }).code, refusal![2]],
      ['wrong', 'invalid_argument', null],
    );
  });

  test('with every form of wide numbers, and records as they are', async () => {
    const amount = 2n ** 100n + 7n;
    const id = Buffer.from('01890a5dac96774bbcceb302099a8057', 'hex');
    const made = await client.call('create_transfers', [
      transfer({ id, amount: String(amount), user_data_64: 2n ** 64n - 1n }),
    ]);
    assert.equal(made.results![0]!.status, 'created');
    const { results } = await client.call('lookup_transfers', [id]);
    assert.equal(results![0]!.id, String(BigInt(`0x${id.toString('hex')}`)));
    assert.equal(results![0]!.amount, String(amount));
    assert.equal(results![0]!.user_data_64, String(2n ** 64n - 1n));
    assert.deepEqual(results![0]!.flags, []);
    assert.equal(results![0]!.timestamp, made.results![0]!.timestamp);
    assert.match(String(made.results![0]!.timestamp), /^\d{19}$/);
    const events = await client.call('get_change_events', [{ limit: 1 }]);
    assert.equal(Object.keys(events.results![0]!).length > 30, true);
    assert.deepEqual((await client.call('create_transfers', [])).results, []);
  });

  test('with nothing for a number, a name twice or a name that there is not are refused by that name', async () => {
    const whole = transfer() as { readonly [name: string]: unknown };
    const { amount: _, ...without } = whole;
    for (const [events, more, why] of [
      [[whole, { ...whole, amount: null }], {}, /^events\[1\]\.amount must be/],
      [[without], {}, /^events\[0\]\.amount is missing/],
      [[{ ...without, pending_id: 1, flags: 4 }], {}, /^events\[0\]\.amount is missing/],
      [[{ ...whole, amount: 2.5 }], {}, /^events\[0\]\.amount must be/],
      [[{ ...whole, ammount: 1 }], {}, /^events\[0\] has no field ammount/],
      [[whole], { timeout: 5 }, /^a message has no field timeout/],
    ] as const) {
      const { error } = await client.call('create_transfers', events, more);
      assert.equal(error!.code, 'invalid_argument');
      assert.match(error!.message, why);
    }
    const events = Buffer.concat([
      Buffer.from([0x91, 0x82]),
      ...['amount', 5, 'amount', 6].map((part) => Buffer.from(encode(part))),
    ]);
    client.socket.write(
      framed(Buffer.concat([Buffer.from([0x93, 0x01]), Buffer.from(encode('create_transfers')), events])),
    );
    await until(() => client.others.length === 1);
    const [reply] = client.others.splice(0) as { error: { message: string } }[];
    assert.equal(reply!.error.message, '[2][0].amount is there twice');
  });

  test('that make no sense are refused and leave the connection as it is', async () => {
    const code = async (op: string, events: unknown, more?: object): Promise<string> =>
      (await client.call(op, events, more)).error!.code;
    assert.equal(await code('pulse', []), 'invalid_argument');
    assert.equal(await code('create_transfers', {}), 'invalid_argument');
    assert.equal(await code('create_transfers', [transfer()], { lane: 'fast' }), 'invalid_argument');
    assert.equal(await code('query_accounts', [{ limit: 8190 }]), 'too_much_data');
    assert.equal(await code('query_accounts', [{}, {}]), 'invalid_argument');
    for (const nonsense of [
      framed(Buffer.from([0xc1])),
      frame(5),
      frame([]),
      frame({ id: 1 }),
      frame({ op: 'x', id: {} }),
    ]) {
      client.socket.write(nonsense);
      await until(() => client.others.length === 1);
      const [reply] = client.others.splice(0) as { id: null; error: { code: string } }[];
      assert.deepEqual([reply!.id, reply!.error.code], [null, 'invalid_argument']);
    }
    assert.equal((await client.call('lookup_accounts', [1])).results!.length, 1);
  });

  test('of 1 MiB are taken, results beyond it are refused', async () => {
    const many = Array.from({ length: 8189 }, () => transfer());
    const bytes = frame({ id: 9_999_999, op: 'create_transfers', events: many });
    assert.ok(bytes.length > 500_000 && bytes.length < 1024 * 1024);
    const { results } = await client.call('create_transfers', many);
    assert.equal(results!.length, 8189);
    assert.ok(results!.every(({ status }) => status === 'created'));
    const refused = await client.call('query_transfers', [{ limit: 8189 }]);
    assert.equal(refused.error!.code, 'too_much_data');
    assert.equal((await client.call('query_transfers', [{ limit: 2000 }])).results!.length, 2000);
  });
});

describe('frames', () => {
  test('in pieces of any size are the same messages', async () => {
    const bytes = Buffer.concat(
      [1, 2, 3].map((id) => frame({ id: `piece ${id}`, op: 'lookup_accounts', events: [1] })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          client.socket.write(bytes.subarray(at, at + size));
          at = Math.min(bytes.length, at + size);
          if (size % 3 === 0) await new Promise(setImmediate);
        }
        await until(() => client.others.length === 3);
        const ids = (client.others.splice(0) as { id: string }[]).map(({ id }) => id);
        assert.deepEqual(ids.sort(), ['piece 1', 'piece 2', 'piece 3']);
      }),
      { numRuns: 30 },
    );
  });

  test('that are empty or too long end the connection, with a reason, after what was before them', async () => {
    for (const head of [0, 1024 * 1024 + 1, 0xffff_ffff]) {
      const victim = new MessagePackClient(port);
      const answered = victim.call('lookup_accounts', [1]);
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(head);
      victim.socket.write(bytes);
      assert.equal((await answered).results!.length, 1);
      await victim.closed;
      const [reply] = victim.others as { id: null; error: { code: string } }[];
      assert.deepEqual([reply!.id, reply!.error.code], [null, 'frame_invalid']);
    }
    assert.equal(server.counters.refused.get('frame_invalid'), 3);
  });

  test('that stay half are given up', async () => {
    const victim = new MessagePackClient(port);
    victim.socket.write(Buffer.from([0, 0, 1, 0, 7]));
    await victim.closed;
    assert.deepEqual(
      (victim.others as { error: { code: string } }[]).map(({ error }) => error.code),
      ['timed_out'],
    );
  });

  test('of any bytes neither crash the server nor hang it', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => framed(bytes)),
      fc.anything({ withBigInt: false }).map((value) => {
        try {
          return frame({ id: 1, op: 'create_transfers', events: [value] });
        } catch {
          return frame([1, 'create_transfers', []]);
        }
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 5 }), async (pieces) => {
        const victim = new MessagePackClient(port);
        for (const piece of pieces) victim.socket.write(piece);
        await new Promise<void>((resolve) => victim.socket.once('connect', () => setImmediate(resolve)));
        await victim.close();
        assert.equal((await client.call('lookup_accounts', [1])).results!.length, 1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('connections', () => {
  test('opened and dropped leave nothing', async () => {
    await until(() => server.connections === 1);
    for (let round = 0; round < 10; round++) {
      const sockets = Array.from({ length: 50 }, () => connect({ port, host: '127.0.0.1' }));
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 0) socket.write(frame({ id: 1, op: 'create_transfers', events: [transfer()] }));
        if (index % 3 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }
    }
    await until(() => server.connections === 1);
    assert.equal(server.counters.connections, 1);
    assert.ok(server.counters.connectionsAccepted > 500);
  });

  test('are drained: what is in flight is answered, then they end', async () => {
    const held = new HeldPort();
    const draining = await MessagePackServer.listen(new Ingress(held));
    atEnd(() => draining.drain(0));
    const at = draining.address;
    const [busy, idle] = [new MessagePackClient(at.port), new MessagePackClient(at.port)];
    const answer = busy.call('lookup_accounts', [1]);
    await until(() => held.held.length === 1 && draining.connections === 2);
    const drained = draining.drain();
    await idle.closed;
    for (const release of held.held.splice(0)) release();
    assert.deepEqual((await answer).results, []);
    await Promise.all([busy.closed, drained]);
    await until(() => draining.connections === 0);
  });

  test('come from this machine only', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1']) {
      await assert.rejects(MessagePackServer.listen(ingress, { host }), { code: 'invalid_argument' });
    }
  });
});

const hasPython = spawnSync('python3', ['-c', 'import msgpack']).status === 0;
const skip = hasPython ? false : 'python3 with the package msgpack is not here';

test('examples/msgpack_client.py talks to it', { skip }, async () => {
  const script = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'msgpack_client.py');
  const child = spawn('python3', [script, `127.0.0.1:${port}`]);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  assert.match(
    printed,
    /^sales: created\nin the till: 500500 cents\nreserved: created\nrefused: invalid_argument: events\[0\] has no field ammount; .*\n$/,
  );
});
