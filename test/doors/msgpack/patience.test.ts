/** The MessagePack door and clients that are slow, deaf, brief, or without end. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ingress, MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { HeldPort } from '../../../testing/ports/held-port.ts';
import { frame, MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { atEnd } from '../../support/endings.ts';

const memory = openMemory();
const ingress = new Ingress(memory.engine);
const server = await MessagePackServer.listen(ingress);
let port: number;
let client: MessagePackClient;

before(async () => {
  ({ port } = server.address);
  client = new MessagePackClient(port);
  await client.call(
    'create_accounts',
    [1, 2].map((id) => ({ id, ledger: 1, code: 1 })),
  );
  const transfers = Array.from({ length: 100 }, (_, index) => {
    return { id: index + 1, debit_account_id: 1, credit_account_id: 2, amount: 5, ledger: 1, code: 1 };
  });
  await client.call('create_transfers', transfers);
});
after(async () => {
  await server.drain();
  await ingress.close();
  await memory.engine.close();
});

/** Until it holds, or the test's time is over. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

describe('connections', () => {
  test('that have enough in flight are not read on until replies have left', async () => {
    const held = new HeldPort();
    const slow = await MessagePackServer.listen(new Ingress(held), { limits: { requestsMax: 4 } });
    atEnd(() => slow.drain(0));
    const at = slow.address;
    const eager = new MessagePackClient(at.port);
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      answers.push(eager.call('lookup_accounts', [1]));
      await new Promise(setImmediate);
    }
    await sleep(50);
    assert.ok(held.held.length < 40, `${held.held.length} were let in`);
    const release = setInterval(() => {
      for (const answer of held.held.splice(0)) answer();
    }, 2);
    await Promise.all(answers);
    clearInterval(release);
    await eager.close();
    await slow.drain();
  });

  test('that wait for us with half a frame are not given up', async () => {
    const held = new HeldPort();
    const slow = await MessagePackServer.listen(new Ingress(held), { limits: { requestsMax: 1, frameMs: 50 } });
    atEnd(() => slow.drain(0));
    const at = slow.address;
    const patient = new MessagePackClient(at.port);
    const [first, second] = ['a', 'b'].map((id) => frame({ id, op: 'lookup_accounts', events: [1] }));
    patient.socket.write(Buffer.concat([first!, second!.subarray(0, 7)]));
    await until(() => held.held.length === 1);
    patient.socket.write(second!.subarray(7));
    await sleep(150);
    for (const answer of held.held.splice(0)) answer();
    await until(() => held.held.length === 1);
    for (const answer of held.held.splice(0)) answer();
    await until(() => patient.others.length === 2);
    await patient.close();
    await slow.drain();
  });

  test('that send frame upon frame, each in two pieces, are not taken for one that stays half', async () => {
    const impatient = await MessagePackServer.listen(ingress, { limits: { frameMs: 1000 } });
    atEnd(() => impatient.drain(0));
    const at = impatient.address;
    const streaming = new MessagePackClient(at.port);
    const bytes = Buffer.concat(
      Array.from({ length: 13 }, (_, id) => frame({ id: `part ${id + 10}`, op: 'lookup_accounts', events: [1] })),
    );
    const size = bytes.length / 13;
    for (let from = -size / 2; from < bytes.length; from += size) {
      streaming.socket.write(bytes.subarray(Math.max(0, from), from + size));
      await sleep(110);
    }
    await until(() => streaming.others.length === 13);
    await streaming.close();
    await impatient.drain();
  });

  test('whose clients end their side after the last request hear every answer', async () => {
    const held = new HeldPort();
    const small = await MessagePackServer.listen(new Ingress(held), { limits: { requestsMax: 4 } });
    atEnd(() => small.drain(0));
    const at = small.address;
    const brief = new MessagePackClient(at.port);
    const answers = Array.from({ length: 40 }, () => brief.call('lookup_accounts', [1]));
    brief.socket.end();
    const release = setInterval(() => {
      for (const answer of held.held.splice(0)) answer();
    }, 2);
    await Promise.all(answers);
    await brief.closed;
    clearInterval(release);
    await small.drain();
  });

  test('whose clients read nothing hold no more than they may, and are cut off', async () => {
    const repliesMax = 200_000;
    const bounded = await MessagePackServer.listen(ingress, { limits: { repliesMax, writeMs: 400 } });
    atEnd(() => bounded.drain(0));
    const at = bounded.address;
    const deaf = connect({ port: at.port, host: '127.0.0.1' });
    deaf.on('error', () => {});
    deaf.pause();
    const gone = new Promise<void>((resolve) => deaf.once('close', () => resolve()));
    // Few at a time: never as many in flight as would stop it by their number.
    const some = frame({ id: 1, op: 'query_transfers', events: [{ limit: 100 }] });
    let sent = 0;
    let taken = 0;
    const sending = setInterval(() => {
      if (deaf.writableLength === 0) for (let i = 0; i < 4; i++, sent++) deaf.write(some);
      taken = Math.max(taken, ingress.statistics.normal.requests);
    }, 1);
    const began = ingress.statistics.normal.requests;
    await until(() => bounded.connections === 1);
    await until(() => bounded.connections === 0);
    clearInterval(sending);
    deaf.destroy();
    await gone;
    const replySize = 20_000;
    // What the two sockets' buffers in the kernel take comes on top.
    assert.ok((taken - began) * replySize < repliesMax + 16e6, `${taken - began} of ${sent} were answered`);
    assert.equal((await client.call('lookup_accounts', [1])).results!.length, 1);
    await bounded.drain();
  });
});
