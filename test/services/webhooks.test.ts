/** Webhooks to a receiver that fails, is slow, is gone and comes back; and a sender that is killed. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { MemoryRecords, verifyWebhook, Webhooks } from '../../packages/services/src/index.ts';
import { embedded, flaky } from '../../packages/services/test/ledgers.ts';
import { add, begin, pay, stage, until } from './receiver.ts';

test('every movement of money is an event, in its order, with what moved', async () => {
  const here = await stage();
  const { payments, receiver } = here;
  const webhooks = await begin(here);
  await add(webhooks, here);
  const hold = { from: 'alice', to: 'shop', asset: 'EUR', amount: '30.00' };
  const { payment } = (await payments.hold('h', hold)) as { payment: string };
  await payments.capture('c1', { payment, amount: '10.00', more: true });
  await payments.capture('c2', { payment, amount: '25.00', allow_over: true });
  await payments.refund('r', { payment, amount: '5.00' });
  await pay(payments, 'p', '1.00');
  await payments.reverse('v', { payment: ((await pay(payments, 'q', '2.00')) as { payment: string }).payment });
  await payments.release('rel', { payment: ((await payments.hold('h2', hold)) as { payment: string }).payment });
  assert.equal(((await pay(payments, 'much', '9999.00')) as { outcome: string }).outcome, 'refused');
  const expected = [
    ['payment.paid', '1000.00'],
    ['payment.held', '30.00'],
    ['payment.captured', '10.00'],
    ['payment.captured', '20.00'],
    ['payment.captured', '5.00'],
    ['payment.refunded', '5.00'],
    ['payment.paid', '1.00'],
    ['payment.paid', '2.00'],
    ['payment.reversed', '2.00'],
    ['payment.held', '30.00'],
    ['payment.released', '30.00'],
    ['payment.refused', undefined],
  ];
  await until(
    () => receiver.heard.length >= expected.length,
    () => receiver.types,
  );
  assert.deepEqual(
    receiver.heard.map(({ event: { type, amount } }) => [type, amount]),
    expected,
  );
  assert.equal(receiver.heard[1]!.event.payment, payment);
  assert.equal(receiver.heard.at(-1)!.event.code, 'insufficient_funds');
  const cursors = receiver.heard.map(({ event }) => BigInt(event.cursor));
  assert.ok(cursors.every((cursor, index) => index === 0 || cursor > cursors[index - 1]!));
});

test('approval is told as what it lets happen, and a review that is turned down as a rejection', async () => {
  const ledger = await embedded.open();
  const here = await stage(ledger);
  const controls = { review: [{ asset: 'EUR', kind: 'customer', from: '100.00' }] } as const;
  const { Payments: Made } = await import('../../packages/services/src/index.ts');
  const payments = new Made(ledger, { records: here.records, controls });
  const webhooks = await begin(here);
  await add(webhooks, here, { after: String(BigInt(Date.now()) * 1_000_000n) });
  const [maria, jan] = [payments.as('maria'), payments.as('jan')];
  const ask = { from: 'alice', to: 'shop', asset: 'EUR', amount: '100.00' };
  const paid = (await maria.pay('a', ask)) as { payment: string };
  const held = (await maria.hold('b', ask)) as { payment: string };
  const rejected = (await maria.hold('c', ask)) as { payment: string };
  await jan.approve(paid.payment);
  await jan.approve(held.payment);
  await jan.reject(rejected.payment);
  await until(
    () => here.receiver.heard.length >= 6,
    () => here.receiver.types,
  );
  const review = 'payment.in_review';
  assert.deepEqual(here.receiver.types, [review, review, review, 'payment.paid', 'payment.held', 'payment.rejected']);
});

test('the signature is that of Standard Webhooks; while a secret is replaced, both sign', async () => {
  const here = await stage();
  let nowMs = Date.now();
  const webhooks = await begin(here, { now: () => nowMs });
  const { id } = await add(webhooks, here);
  const first = await webhooks.secret(id);
  await until(() => here.receiver.heard.length === 1);
  const { headers, body } = here.receiver.heard[0]!;
  // By the text of the specification, not by our code.
  const key = Buffer.from(first.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  const now = (): number => nowMs;
  assert.equal(verifyWebhook(headers, body, { secret: first, now }).type, 'payment.paid');
  for (const [secret, text, later] of [
    [first, `${body} `, 0],
    [first, body, 301_000],
    [first, body, -301_000],
    [await webhooks.rotate(id, 60), body, 0],
  ] as const) {
    const wrong = (): unknown => verifyWebhook(headers, text, { secret, now: () => nowMs + later });
    assert.throws(wrong, { code: 'unauthenticated' });
  }
  assert.throws(() => verifyWebhook({}, body, { secret: first }), { code: 'unauthenticated' });
  const second = await webhooks.secret(id);
  assert.notEqual(second, first);
  await pay(here.payments, 'both', '1.00');
  await until(() => here.receiver.heard.length === 2);
  const both = here.receiver.heard[1]!;
  for (const secret of [first, second]) verifyWebhook(both.headers, both.body, { secret, now });
  nowMs += 61_000;
  await pay(here.payments, 'new', '1.00');
  await until(() => here.receiver.heard.length === 3);
  const alone = here.receiver.heard[2]!;
  verifyWebhook(alone.headers, alone.body, { secret: second, now });
  assert.throws(() => verifyWebhook(alone.headers, alone.body, { secret: first, now }), { code: 'unauthenticated' });
});

test('a receiver that fails, is cut off or is slow gets the event again, before any later one', async () => {
  const here = await stage();
  here.receiver.answers.push(500, 0, 302, -1);
  const webhooks = await begin(here, { timeoutMs: 300 });
  await add(webhooks, here);
  for (const key of ['a', 'b', 'c']) await pay(here.payments, key, '1.00');
  await until(
    () => new Set(here.receiver.ids).size === 4,
    () => here.receiver.ids,
  );
  const { ids } = here.receiver;
  assert.ok(ids.filter((id) => id === ids[0]).length >= 5, 'a redirection is not followed');
  assert.deepEqual(ids, ids.toSorted(), 'none comes before an earlier one has arrived');
});

test('what is given up is a dead letter, later events go on, and it can be tried again', async () => {
  const here = await stage();
  here.receiver.answers.push(500, 503, 500);
  const webhooks = await begin(here, { attemptsMax: 3 });
  const { id } = await add(webhooks, here);
  await pay(here.payments, 'next', '1.00');
  await until(() => here.receiver.heard.length === 4);
  const [first, , , last] = here.receiver.ids;
  assert.notEqual(last, first);
  const [letter, ...more] = await webhooks.dead(id);
  assert.deepEqual(
    [letter!.event.id, letter!.attempts, letter!.error, more.length],
    [first, 3, 'the receiver answered 500', 0],
  );
  here.receiver.answers.push(500);
  assert.deepEqual(await webhooks.retryDead(id), { delivered: 0, error: 'the receiver answered 500' });
  assert.deepEqual(await webhooks.retryDead(id), { delivered: 1 });
  assert.deepEqual(await webhooks.dead(id), []);
  assert.equal(here.receiver.ids.at(-1), first);
});

test('whoever asks for time is given it', async () => {
  const here = await stage();
  here.receiver.answers.push(429);
  here.receiver.headers['retry-after'] = '1';
  const begun = performance.now();
  await add(await begin(here), here);
  await until(() => here.receiver.heard.length === 2);
  assert.ok(performance.now() - begun >= 950);
});

test('a receiver that says it is gone is left alone, until it is resumed', async () => {
  const here = await stage();
  here.receiver.answers.push(410);
  const webhooks = await begin(here);
  const { id } = await add(webhooks, here);
  await until(async () => (await webhooks.view(id)).state === 'paused');
  await pay(here.payments, 'quiet', '1.00');
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(here.receiver.heard.length, 1);
  assert.equal((await webhooks.replay(id)).state, 'on');
  await until(() => here.receiver.heard.length === 3);
});

test('a receiver that comes back gets what it missed, and replay sends it once more with the same ids', async () => {
  const here = await stage();
  const webhooks = await begin(here);
  const { id } = await add(webhooks, here, { types: ['payment.paid'] });
  await until(() => here.receiver.heard.length === 1);
  await here.receiver.end();
  for (const key of ['a', 'b']) await pay(here.payments, key, '1.00');
  await until(async () => (await webhooks.view(id)).state === 'failing');
  await here.receiver.start();
  await until(() => here.receiver.heard.length === 3);
  const before = here.receiver.ids;
  await webhooks.replay(id, here.receiver.heard[0]!.event.cursor);
  await until(() => here.receiver.heard.length === 5);
  assert.deepEqual(here.receiver.ids.slice(3), before.slice(1));
  await until(async () => (await webhooks.view(id)).cursor === here.receiver.heard[4]!.event.cursor);
  const { events, more } = await webhooks.events(here.ledger, before[0]!.replace('evt_', ''));
  assert.deepEqual([events.map((event) => event.id), more], [before.slice(1), false], 'and it may fetch them itself');
});

test('a sender that dies at any moment loses none, and what comes twice has the same id and body', async () => {
  const here = await stage();
  const records = { now: new MemoryRecords() };
  let webhooks = await begin({ ...here, records: records.now });
  await add(webhooks, here);
  const keys = Array.from({ length: 40 }, (_, index) => `k-${index}`);
  for (const [index, key] of keys.entries()) {
    await pay(here.payments, key, '1.00');
    if (index % 5 !== 4) continue;
    // The power fails: nothing that is under way is finished, and the cursor may be behind.
    records.now = records.now.crash(index % 2);
    void webhooks.close();
    webhooks = await begin({ ...here, records: records.now });
  }
  await until(
    () => new Set(here.receiver.ids).size === keys.length + 1,
    () => here.receiver.ids.length,
  );
  const bodies = new Map<string, string>();
  for (const { event, body } of here.receiver.heard) {
    assert.equal(body, bodies.get(event.id) ?? body);
    bodies.set(event.id, body);
  }
});

test('a ledger that loses requests is asked again', async () => {
  const ledger = await embedded.open();
  let calls = 0;
  const lossy = new Proxy(
    flaky(ledger, () => 'answered'),
    {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (name !== 'getChangeEvents') return method;
        return async (...words: unknown[]) => {
          if (calls++ % 3 === 0) throw new Error('the connection is gone');
          return (method as (...words: unknown[]) => unknown)(...words);
        };
      },
    },
  );
  const here = await stage(ledger);
  await add(await begin({ ...here, ledger: lossy }), here);
  for (const key of ['a', 'b']) await pay(here.payments, key, '1.00');
  await until(() => here.receiver.heard.length === 3);
});

test('what cannot be an endpoint is refused, with the field', async () => {
  const here = await stage();
  const webhooks = await begin(here);
  for (const url of [
    'ftp://shop.example/',
    'http://shop.example/hooks',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://0x7f.1.2/',
    'https://2130706434/',
    'https://me:secret@shop.example/',
    'nonsense',
  ]) {
    await assert.rejects(webhooks.add('k', { url }), { code: 'invalid_argument', message: /url/ }, url);
  }
  await assert.rejects(webhooks.add('k', { url: here.receiver.url, types: ['payment.lost'] }), { message: /types/ });
  await assert.rejects(webhooks.add('k', { url: here.receiver.url, after: '-1' }), { message: /after/ });
  await assert.rejects(webhooks.view('whk_0'), { code: 'not_found' });
  assert.throws(() => new Webhooks(here.ledger, { records: here.records, key: 'short' }), { code: 'invalid_argument' });
});

test('a name that leads to this machine is not connected to, unless it is allowed', async () => {
  const here = await stage();
  const url = here.receiver.url.replace('127.0.0.1', 'localhost');
  const strict = await begin(here, { allowed: [] });
  const { id } = await strict.add('k', { url: url.replace('http:', 'https:') });
  const tried = await strict.try(id);
  assert.equal(tried.delivered, false);
  assert.match(tried.error!, /private network/);
  const open = await begin(here, { allowed: ['localhost'] });
  const { id: other } = await open.add('other', { url });
  assert.deepEqual(await open.try(other), { delivered: true });
  assert.equal(here.receiver.heard.at(-1)!.event.type, 'webhook.test');
});

test('one key adds one endpoint, and one that was removed hears nothing more', async () => {
  const here = await stage();
  const webhooks = await begin(here);
  const { id } = await add(webhooks, here);
  assert.equal((await add(webhooks, here)).id, id);
  assert.equal((await webhooks.all()).length, 1);
  await until(() => here.receiver.heard.length === 1);
  await webhooks.remove(id);
  await pay(here.payments, 'quiet', '1.00');
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(here.receiver.heard.length, 1);
  await assert.rejects(webhooks.view(id), { code: 'not_found' });
});
