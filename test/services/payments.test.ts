/** Payments over a ledger in this process, behind a server, and made of two shards: the same stories, the same ends. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import { connect, type Ledger } from 'tallystick';
import {
  audit,
  type Done,
  MemoryRecords,
  Payments,
  type Receipt,
  type Would,
} from '../../packages/services/src/index.ts';
import { lasting } from '../../packages/services/test/driver.ts';
import { embedded, flaky, type Place, town, twoShards } from '../../packages/services/test/ledgers.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const folder = temporaryFolder();
let served: Served | undefined;
after(() => served?.end());

function behindServer(): Place {
  const start = (): Promise<Served> => Served.start(folder, { args: ['--http-port', '0', '--metrics-port', 'off'] });
  const open = async (): Promise<Ledger> => {
    served ??= await start();
    return connect(served.address);
  };
  return { name: 'behind a server', isSharded: false, open, end: async () => {} };
}

const done = (receipt: Receipt | Would): Done => {
  assert.equal(receipt.outcome, 'done', JSON.stringify(receipt));
  return receipt as Done;
};
const codeOf = (receipt: Receipt | Would): string => ('code' in receipt ? receipt.code! : receipt.outcome);
const EUR = { asset: 'EUR' } as const;
const fromAlice = { from: 'alice', to: 'shop', ...EUR };

let ends: (() => Promise<void>)[] = [];
/** One server has the payments of all tests: each is another tenant. */
let tenant = 0;
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
});

async function opened(place: Place): Promise<{ readonly ledger: Ledger; readonly payments: Payments }> {
  const ledger = await place.open();
  ends.push(
    () => place.end(),
    () => ledger.close(),
  );
  tenant++;
  return { ledger, payments: await town(ledger, { records: new MemoryRecords(), tenant }) };
}

async function provesSound(ledger: Ledger): Promise<void> {
  assert.deepEqual((await audit(ledger)).problems, []);
}

for (const make of [() => embedded, behindServer, twoShards]) {
  const { name, isSharded } = make();
  describe(name, () => {
    test('a payment with a fee, seen from everywhere, refunded in parts and no further', async () => {
      const { ledger, payments } = await opened(make());
      const words = { ...fromAlice, amount: '100.00', fee: '1.50', description: 'a chair' };
      const { payment } = done(await payments.pay('chair', words));
      assert.deepEqual(lasting(await payments.pay('chair', words)), lasting(done(await payments.pay('chair', words))));
      await assert.rejects(payments.pay('chair', { ...words, amount: '100.01' }), { code: 'request_reused' });
      assert.equal((await payments.account('alice', 'EUR')).available, '898.50');
      assert.equal((await payments.account('shop', 'EUR')).balance, '100.00');
      assert.equal(codeOf(await payments.refund('too-much', { payment, amount: '100.01' })), 'refund_exceeds_payment');
      done(await payments.refund('a-part', { payment, amount: '40.00' }));
      assert.equal(codeOf(await payments.refund('more', { payment, amount: '60.01' })), 'refund_exceeds_payment');
      assert.equal(codeOf(await payments.reverse('all', { payment })), 'refund_exceeds_payment');
      assert.equal(done(await payments.refund('the-rest', { payment })).amount, '60.00');
      assert.equal(codeOf(await payments.refund('again', { payment })), 'refund_exceeds_payment');
      const view = await payments.payment(payment);
      assert.deepEqual(
        { ...view, created_at: '' },
        {
          id: payment,
          asset: 'EUR',
          status: 'refunded',
          amount: '100.00',
          paid: '100.00',
          held: '0.00',
          refunded: '100.00',
          fee: '1.50',
          created_at: '',
          description: 'a chair',
        },
      );
      await provesSound(ledger);
    });

    test('a mistake is reversed once, with its fee', async () => {
      const { ledger, payments } = await opened(make());
      const { payment } = done(await payments.pay('one', { ...fromAlice, amount: '10.00', fee: '0.30' }));
      done(await payments.reverse('back', { payment }));
      assert.equal(codeOf(await payments.reverse('back-again', { payment })), 'refund_exceeds_payment');
      assert.equal(codeOf(await payments.refund('refund', { payment })), 'refund_exceeds_payment');
      assert.equal((await payments.account('alice', 'EUR')).balance, '1000.00');
      assert.deepEqual(statusOf(await payments.payment(payment)), 'reversed');
      await provesSound(ledger);
    });

    test('a hold is captured in parts, and what is left is released', async () => {
      const { ledger, payments } = await opened(make());
      const { payment } = done(await payments.hold('room', { ...fromAlice, amount: '300.00', expires_in: 3600 }));
      assert.equal((await payments.account('alice', 'EUR')).available, '700.00');
      const first = done(await payments.capture('night-1', { payment, amount: '100.00', more: true }));
      assert.deepEqual([first.amount, first.held], ['100.00', '200.00']);
      assert.equal(statusOf(await payments.payment(payment)), 'partly_captured');
      const too = { payment, amount: '200.01', more: true };
      assert.equal(codeOf(await payments.capture('too-much', too)), 'capture_exceeds_hold');
      done(await payments.capture('night-2', { payment, amount: '150.00', more: true }));
      done(await payments.release('done', { payment }));
      assert.equal(codeOf(await payments.release('twice', { payment })), 'hold_released');
      assert.equal(codeOf(await payments.capture('late', { payment })), 'hold_released');
      assert.equal((await payments.account('alice', 'EUR')).balance, '750.00');
      assert.equal((await payments.account('alice', 'EUR')).held, '0.00');
      const again = done(await payments.capture('night-1', { payment, amount: '100.00', more: true }));
      assert.deepEqual(lasting(again), lasting(first), 'what was told stays told');
      await provesSound(ledger);
    });

    test('more than is held is paid from the account, in one step or not at all', async () => {
      const { ledger, payments } = await opened(make());
      const { payment } = done(await payments.hold('fuel', { ...fromAlice, amount: '50.00' }));
      const heard = codeOf(await payments.capture('full', { payment, amount: '80.00', allow_over: true }));
      if (isSharded && heard === 'not_atomic_here') assert.equal(statusOf(await payments.payment(payment)), 'held');
      else {
        assert.equal(heard, 'done');
        assert.equal((await payments.account('shop', 'EUR')).balance, '80.00');
      }
      await provesSound(ledger);
    });

    test('a split adds up to the last cent', async () => {
      const { ledger, payments } = await opened(make());
      const thirds = ['1/3', '1/3', '1/3'].map((portion, index) => ({ account: `owner-${index}`, portion }));
      for (const { account } of thirds) await payments.openAccount({ name: account, ...EUR, kind: 'merchant' });
      const from = [{ account: 'alice', max: '30.00' }, { account: 'bank' }];
      const { payment } = done(await payments.split('dividend', { ...EUR, amount: '100.00', from, to: thirds }));
      const got = await Promise.all(thirds.map(({ account }) => payments.account(account, 'EUR')));
      assert.deepEqual(
        got.map(({ balance }) => balance),
        ['33.34', '33.33', '33.33'],
      );
      assert.equal((await payments.account('alice', 'EUR')).balance, '970.00');
      await assert.rejects(payments.refund('r', { payment }), { code: 'invalid_argument', field: 'payment' });
      done(await payments.reverse('back', { payment }));
      assert.equal((await payments.account('alice', 'EUR')).balance, '1000.00');
      await provesSound(ledger);
    });

    test('64 equal and unequal bodies under one key at a time: one is done, and all the others hear of it', async () => {
      const { ledger, payments } = await opened(make());
      const asks = Array.from({ length: 64 }, (_, index) => {
        const amount = index % 2 === 0 ? '5.00' : '6.00';
        return payments.pay('same', { ...fromAlice, amount }).catch((error: { readonly code: string }) => error.code);
      });
      const heard = await Promise.all(asks);
      const receipts = heard.filter((one) => typeof one === 'object').map((one) => done(one));
      assert.equal(receipts.length, 32);
      assert.equal(new Set(receipts.map(({ amount, at }) => `${amount} ${at}`)).size, 1);
      assert.ok(heard.filter((one) => typeof one === 'string').every((code) => code === 'request_reused'));
      const left = (await payments.account('alice', 'EUR')).balance;
      assert.equal(left, receipts[0]!.amount === '5.00' ? '995.00' : '994.00');
      await provesSound(ledger);
    });

    test('a key that was refused is refused for ever, whatever comes under it', async () => {
      const { payments } = await opened(make());
      const large = { ...fromAlice, amount: '2000.00', fee: '1.00' };
      const heard = await Promise.all(Array.from({ length: 8 }, () => payments.pay('large', large)));
      for (const receipt of heard) assert.equal(codeOf(receipt), 'insufficient_funds');
      await payments.pay('rich', { from: 'bank', to: 'alice', ...EUR, amount: '5000.00' });
      assert.equal(codeOf(await payments.pay('large', large)), 'insufficient_funds');
      await assert.rejects(payments.pay('large', { ...large, amount: '1.00' }), { code: 'request_reused' });
      const { fee: _, ...without } = large;
      await assert.rejects(payments.pay('large', without), { code: 'request_reused' });
      assert.equal((await payments.account('shop', 'EUR')).balance, '0.00');
    });

    test('the fee alone is refused: nothing moves, and the key cannot be used without it', async () => {
      const { payments } = await opened(make());
      const all = { ...fromAlice, amount: '1000.00' };
      assert.equal(codeOf(await payments.pay('fee', { ...all, fee: '0.01' })), 'insufficient_funds');
      await assert.rejects(payments.pay('fee', all), { code: 'request_reused' });
      assert.equal((await payments.account('alice', 'EUR')).balance, '1000.00');
    });

    test('refunds and captures that race never give more than there is', async () => {
      const { ledger, payments } = await opened(make());
      const { payment } = done(await payments.pay('p', { ...fromAlice, amount: '100.00' }));
      await payments.pay('float', { from: 'bank', to: 'shop', ...EUR, amount: '500.00' });
      const refunds = Array.from({ length: 20 }, (_, n) => payments.refund(`r${n}`, { payment, amount: '15.00' }));
      const given = (await Promise.all(refunds)).filter(({ outcome }) => outcome === 'done');
      assert.equal(given.length, 6);
      const hold = done(await payments.hold('h', { ...fromAlice, amount: '100.00' }));
      const captures = Array.from({ length: isSharded ? 1 : 20 }, (_, n) => {
        return payments.capture(`c${n}`, { payment: hold.payment, amount: '15.00', more: true });
      });
      const captured = (await Promise.all(captures)).filter(({ outcome }) => outcome === 'done');
      assert.equal(captured.length, isSharded ? 1 : 6);
      await provesSound(ledger);
    });
  });
}

const statusOf = (view: object): unknown => (view as { readonly status?: string }).status;

test('accounts that are not there are named, and their key is used up', async () => {
  const { payments } = await opened(embedded);
  const asked = { from: 'alice', to: 'nobody', ...EUR, amount: '1.00' };
  assert.equal(codeOf(await payments.pay('a', asked)), 'account_not_found');
  await payments.openAccount({ name: 'nobody', ...EUR, kind: 'customer' });
  assert.equal(codeOf(await payments.pay('a', asked)), 'account_not_found');
  done(await payments.pay('b', asked));
  await assert.rejects(payments.openAccount({ name: 'nobody', ...EUR, kind: 'bank' }), { code: 'request_reused' });
  await assert.rejects(payments.account('nobody', 'USD'), { code: 'not_found' });
});

test('nothing of one tenant is there for another', async () => {
  const { ledger, payments } = await opened(embedded);
  const { payment } = done(await payments.pay('p', { ...fromAlice, amount: '1.00' }));
  const other = new Payments(ledger, { tenant: 700 });
  await assert.rejects(other.account('alice', 'EUR'), { code: 'not_found' });
  await assert.rejects(other.refund('r', { payment }), { code: 'not_found' });
  await assert.rejects(other.payment(payment), { code: 'not_found' });
  for (const name of ['alice', 'shop']) await other.openAccount({ name, ...EUR, kind: 'customer' });
  assert.equal(codeOf(await other.pay('p', { ...fromAlice, amount: '1.00' })), 'insufficient_funds');
  assert.equal(codeOf(await payments.pay('p', { ...fromAlice, amount: '1.00' })), 'done');
});

test('what cannot be asked is refused with its field, and leaves the key free', async () => {
  const { payments } = await opened(embedded);
  const good = { ...fromAlice, amount: '1.00' };
  const bad: readonly [object, string | undefined][] = [
    [{ ...good, amout: '1.00' }, 'amout'],
    [{ ...good, amount: 1 }, 'amount'],
    [{ ...good, amount: '1.001' }, 'amount'],
    [{ ...good, amount: '-1.00' }, 'amount'],
    [{ ...good, fee: '0.00' }, 'fee'],
    [{ ...good, to: 'alice' }, 'to'],
    [{ ...good, to: 'a b' }, 'to'],
    [{ ...good, asset: 'EURO' }, undefined],
    [{ ...good, dry_run: 'yes' }, 'dry_run'],
    [{ from: 'alice', to: 'shop', asset: 'EUR' }, 'amount'],
    [[good], undefined],
  ];
  for (const [request, field] of bad) {
    const refused = { code: 'invalid_argument', ...(field === undefined ? {} : { field }) };
    await assert.rejects(payments.pay('k', request as never), refused, JSON.stringify(request));
  }
  await assert.rejects(payments.pay('', good), { code: 'invalid_argument' });
  await assert.rejects(payments.refund('k', { payment: `pay_${'0'.repeat(30)}` }), { code: 'not_found' });
  done(await payments.pay('k', good));
});

test('a hold that has expired gives its money back, and says so', async () => {
  const { payments } = await opened(embedded);
  const { payment } = done(await payments.hold('h', { ...fromAlice, amount: '10.00', expires_in: 1 }));
  assert.equal(statusOf(await payments.payment(payment)), 'held');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal(codeOf(await payments.capture('c', { payment })), 'hold_expired');
  assert.equal(statusOf(await payments.payment(payment)), 'expired');
  assert.equal((await payments.account('alice', 'EUR')).available, '1000.00');
});

test('what a process has begun is finished by the next one, and what it could not do is not', async () => {
  const ledger = await embedded.open();
  ends.push(() => ledger.close());
  let isDead = false;
  const records = new MemoryRecords();
  const world = flaky(ledger, () => (isDead ? 'lost' : 'answered'));
  const payments = await town(world, { records });
  const { payment } = done(await payments.hold('h', { ...fromAlice, amount: '10.00' }));
  await assert.rejects(payments.refund('wrong', { payment: `pay_${'1'.repeat(30)}` }), { code: 'not_found' });
  await payments.pay('words', { ...fromAlice, amount: '1.00', description: 'first words' });
  const other = { ...fromAlice, amount: '2.00', description: 'others' };
  await assert.rejects(payments.pay('words', other), { code: 'request_reused' });
  isDead = true;
  await assert.rejects(payments.capture('c', { payment }), { code: 'connection_lost' });
  const after = records.crash();
  const next = new Payments(ledger, { records: after });
  assert.equal(await next.resolve(), 1);
  assert.equal(statusOf(await next.payment(payment)), 'captured');
  await next.idle();
  assert.equal(await next.resolve(), 0);
  const paid = done(await next.pay('words', { ...fromAlice, amount: '1.00', description: 'first words' }));
  assert.equal(((await next.payment(paid.payment)) as { readonly description?: string }).description, 'first words');
});
