import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, type Lane, Operation, type Request, TallystickError } from 'tallystick/internal/model';
import { HeldPort } from '../../../../testing/ports/held-port.ts';
import { Ingress } from './ingress.ts';
import { classify, type Rule } from './policy.ts';

/** Answers one request a turn, in order. */
const slowPort = (): HeldPort => new HeldPort((answer) => setTimeout(answer, 1));

/** A request of which only these are looked at. */
const asked = (operation: Operation, count: number, context: Context): Request<void> => ({
  operation,
  count,
  write: () => {},
  read: () => {},
  context,
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function send(ingress: Ingress, count: number, wish: Lane): Promise<void> {
  return ingress.request(asked(Operation.create_transfers, count, { wish }));
}

test('what is urgent overtakes what waits, and everything is answered', async () => {
  const port = slowPort();
  const ingress = new Ingress(port);
  const flood = Array.from({ length: 6 }, () => send(ingress, 8000, 'normal'));
  const urgent = send(ingress, 1, 'critical');
  await urgent;
  assert.ok(port.taken.indexOf(1) <= 1, 'at most the batch already on its way was before it');
  await Promise.all(flood);
  assert.equal(port.taken.length, 7);
  assert.equal(ingress.statistics.normal.requests, 6);
  assert.equal(ingress.statistics.critical.requests, 1);
});

test('a flood has little in the ring when something urgent comes, and that does not wait for it to leave', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const sent = Array.from({ length: 400 }, () => send(ingress, 100, 'normal'));
  await settle();
  assert.ok(port.cells <= 2048 + 101, `${port.cells} cells of the flood are in the ring`);
  assert.equal(ingress.depth('normal'), 400 * 101 - port.cells);
  const before = port.taken.length;
  sent.push(send(ingress, 1, 'critical'), send(ingress, 10, 'high'));
  await settle();
  assert.deepEqual(port.taken.slice(before), [1, 10], 'nothing was answered, and both are in the ring');
  for (let answers = 0; port.held.length > 0; answers++) {
    assert.ok(answers < 600);
    await port.answer();
    // However fast the port is, the window holds its half millisecond; it does not grow beyond its greatest size.
    assert.ok(port.cells <= 16_384 + 101);
  }
  await Promise.all(sent);
});

test('a critical flood does not starve the others, and what is in the ring stays bounded', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const sent: Promise<void>[] = [];
  const flood = async (): Promise<void> => {
    while (ingress.depth('critical') < 1000) {
      for (let i = 0; i < 20; i++) sent.push(send(ingress, 50, 'critical'));
      await settle();
    }
  };
  await flood();
  sent.push(send(ingress, 1, 'normal'), send(ingress, 10, 'high'));
  let answers = 0;
  while (!port.taken.includes(1) || !port.taken.includes(10)) {
    assert.ok(++answers < 2000, 'both had their turn');
    await flood();
    assert.ok(ingress.depth('critical') > 0);
    assert.ok(port.cells <= 32_768 + 51);
    await port.answer();
  }
  while (port.held.length > 0) await port.answer();
  await Promise.all(sent);
});

test('a full lane refuses with a code that says to try again, other lanes stay open', async () => {
  const ingress = new Ingress(slowPort(), { lanes: { normal: { credit: 20_000 } } });
  const taken: Promise<void>[] = [];
  let refused: unknown;
  for (let i = 0; i < 5; i++) {
    const sent = send(ingress, 8000, 'normal');
    sent.catch((error) => (refused = error));
    taken.push(sent);
  }
  await send(ingress, 1, 'high');
  await Promise.allSettled(taken);
  assert.ok(refused instanceof TallystickError);
  assert.equal(refused.code, 'lane_full');
  assert.equal(refused.retriable, true);
  assert.ok(refused.retryAfterMs! >= 5 && refused.retryAfterMs! <= 5000, `${refused.retryAfterMs}`);
  assert.ok(ingress.statistics.normal.refused > 0);
});

test('after close nothing new is taken, what waits is answered', async () => {
  const port = slowPort();
  const ingress = new Ingress(port);
  const sent = Array.from({ length: 5 }, () => send(ingress, 8000, 'normal'));
  const closed = ingress.close();
  await assert.rejects(send(ingress, 1, 'critical'), { code: 'closed' });
  await closed;
  await Promise.all(sent);
  assert.equal(port.taken.length, 5);
});

function transfer(values: { code: number; debit: bigint; amount: bigint }): Uint8Array {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(16, values.debit, true);
  view.setBigUint64(48, values.amount, true);
  view.setUint16(116, values.code, true);
  return bytes;
}

test('rules decide, a wish alone does not, and a batch is as urgent as its least urgent transfer', () => {
  const rules: Rule[] = [
    { lane: 'critical', code: 7, asked: true },
    { lane: 'high', amountMin: 1_000_000n },
    { lane: 'high', role: 'settlement' },
    { lane: 'high', account: 42n },
  ];
  const { create_transfers, lookup_accounts } = Operation;
  const urgent = transfer({ code: 7, debit: 1n, amount: 5n });
  const plain = transfer({ code: 1, debit: 1n, amount: 5n });
  const large = transfer({ code: 1, debit: 1n, amount: 2_000_000n });
  const both = new Uint8Array([...urgent, ...plain]);
  const lane = (count: number, context: Context): Lane => classify(rules, asked(create_transfers, count, context));
  assert.equal(lane(1, { events: urgent, wish: 'critical' }), 'critical');
  assert.equal(lane(1, { events: urgent }), 'normal');
  assert.equal(lane(1, { events: plain, wish: 'critical' }), 'normal');
  assert.equal(lane(2, { events: both, wish: 'critical' }), 'normal');
  assert.equal(lane(1, { events: large }), 'high');
  assert.equal(lane(1, { events: plain, role: 'settlement' }), 'high');
  assert.equal(lane(1, { events: transfer({ code: 1, debit: 42n, amount: 1n }) }), 'high');
  assert.equal(lane(65, { role: 'settlement' }), 'normal');
  assert.equal(classify(rules, asked(lookup_accounts, 1, { role: 'settlement' })), 'high');
  assert.equal(classify(undefined, asked(create_transfers, 1, { events: plain, wish: 'high' })), 'high');
});

test('without rules, who may create gets the lane it asks for, and who only reads does not; nor does a query', () => {
  const urgent = (operation: Operation, role?: string): Lane =>
    classify(undefined, asked(operation, 1, { wish: 'critical', ...(role === undefined ? {} : { role }) }));
  assert.equal(urgent(Operation.create_transfers, 'write'), 'critical');
  assert.equal(urgent(Operation.create_transfers), 'critical', 'without tokens there are no roles');
  assert.equal(urgent(Operation.lookup_accounts, 'write'), 'critical');
  assert.equal(urgent(Operation.lookup_accounts, 'read'), 'normal');
  for (const role of ['read', 'write', 'admin', undefined])
    assert.equal(urgent(Operation.query_transfers, role), 'normal');
  const rules: Rule[] = [{ lane: 'high', role: 'admin', asked: true }];
  const query = (role: string): Lane =>
    classify(rules, asked(Operation.query_transfers, 1, { wish: 'critical', role }));
  assert.deepEqual([query('admin'), query('write')], ['high', 'normal'], 'a rule may say otherwise');
});

test('a request whose time is over while it waits in its lane is not sent, and says so', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const before = Array.from({ length: 3 }, () => send(ingress, 8000, 'normal'));
  const late = ingress.request({
    operation: Operation.create_transfers,
    count: 1,
    write: () => assert.fail('it is not written'),
    read: () => assert.fail('it is not answered'),
    context: { timeoutMs: 5 },
  });
  await assert.rejects(late, { code: 'deadline_exceeded', retriable: true });
  while (port.held.length > 0) await port.answer();
  await Promise.all(before);
  assert.deepEqual(port.taken, [8000, 8000, 8000]);
  await ingress.close();
});

test('a read whose client has gone is not sent; what changes the ledger is', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const gone = new AbortController();
  const before = Array.from({ length: 3 }, () => send(ingress, 8000, 'normal'));
  const ask = (operation: Operation): Promise<unknown> => ingress.request(asked(operation, 1, { signal: gone.signal }));
  const read = ask(Operation.query_transfers);
  const heard = assert.rejects(read, /gone/);
  const create = ask(Operation.create_transfers);
  await settle();
  gone.abort(new Error('gone'));
  for (let answers = 0; answers < 10; answers++) await port.answer();
  await heard;
  await Promise.all([...before, create]);
  assert.deepEqual(port.taken, [8000, 8000, 8000, 1]);
  await ingress.close();
});

test('a payer with thousands of open queries is refused more; another one is let in', async () => {
  const port = new HeldPort();
  const ingress = new Ingress(port);
  const ask = (payer: number): Promise<void> => ingress.request(asked(Operation.query_transfers, 1, { payer }));
  const open: Promise<void>[] = [];
  for (let nth = 0; nth < 2048; nth++) open.push(ask(1));
  await assert.rejects(ask(1), { code: 'lane_full' });
  open.push(ask(2));
  await settle();
  while (port.held.length > 0) await port.answer();
  await Promise.all(open);
  open.push(ask(1));
  await settle();
  await port.answer();
  await ingress.close();
});
