/** Money that waits for others moves once, when enough of them have approved; or it is free again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { audit, type ControlRules, type Payments } from '../../packages/services/src/index.ts';
import { lasting } from '../../packages/services/test/driver.ts';
import { embedded, flaky, twoShards } from '../../packages/services/test/ledgers.ts';
import { codeOf, EUR, fromAlice, opened, paying } from './controlled.ts';

for (const place of [() => embedded, twoShards]) {
  const { name } = place();
  describe(`approval: ${name}`, () => {
    const two: ControlRules = { review: [{ from: '100.00', approvals: 2, ...EUR }] };

    test('money waits until enough others have approved, each of them once', async () => {
      const { ledger, payments } = await opened(place(), two);
      const [maria, jan, kim] = ['maria', 'jan', 'kim'].map((who) => payments.as(who)) as [
        Payments,
        Payments,
        Payments,
      ];
      assert.equal(codeOf(await paying(maria, 'small', '99.99')), 'done');
      const asked = await paying(maria, 'large', '100.00');
      assert.ok(asked.outcome === 'review');
      const { payment } = asked;
      assert.deepEqual(lasting(await paying(maria, 'large', '100.00')), lasting(asked), 'the same is told again');
      const view = await payments.payment(payment);
      assert.ok('status' in view && view.status === 'in_review' && view.held === '100.00');
      assert.deepEqual(view.reasons, ['the amount is 100.00 or more']);
      await assert.rejects(maria.approve(payment), { code: 'forbidden' });
      await assert.rejects(payments.approve(payment), { code: 'forbidden' }, 'nobody in particular');
      assert.deepEqual(await jan.approve(payment), { payment, state: 'waiting', approvals: 1, needed: 2 });
      assert.equal((await jan.approve(payment)).approvals, 1);
      assert.deepEqual(await payments.waiting('EUR'), [{ payment, state: 'waiting', approvals: 1, needed: 2 }]);
      assert.equal((await payments.account('shop', 'EUR')).balance, '99.99');
      assert.deepEqual(await kim.approve(payment), { payment, state: 'approved', approvals: 2, needed: 2 });
      assert.equal((await jan.approve(payment)).state, 'approved');
      assert.equal((await payments.account('shop', 'EUR')).balance, '199.99');
      assert.equal((await jan.reject(payment)).state, 'approved', 'it is too late');
      assert.deepEqual(await payments.waiting('EUR'), []);
      const back = await payments.refund('back', { payment, amount: '30.00' });
      assert.equal(codeOf(back), 'done');
      assert.equal(codeOf(await payments.refund('more', { payment, amount: '70.01' })), 'refund_exceeds_payment');
      assert.deepEqual((await audit(ledger)).problems, []);
    });

    test('what is turned down is free again, and stays turned down', async () => {
      const { payments } = await opened(place(), two);
      const asked = await paying(payments.as('maria'), 'large', '400.00');
      const { payment } = asked as { readonly payment: string };
      assert.equal((await payments.as('jan').approve(payment)).approvals, 1);
      assert.equal((await payments.as('kim').reject(payment)).state, 'rejected');
      assert.equal((await payments.as('lea').approve(payment)).state, 'rejected');
      const view = await payments.payment(payment);
      assert.ok('status' in view && view.status === 'rejected' && view.held === '0.00');
      assert.equal((await payments.account('alice', 'EUR')).available, '1000.00');
      assert.equal(codeOf(await payments.refund('back', { payment })), 'nothing_to_refund');
    });

    test('approval and refusal in a race end it once', async () => {
      const { ledger, payments } = await opened(place(), { review: [{ from: '1.00', ...EUR }] });
      for (let round = 0; round < 6; round++) {
        const { payment } = (await paying(payments.as('maria'), `r${round}`, '10.00')) as { readonly payment: string };
        const ends = [payments.as('jan').approve(payment), payments.as('kim').reject(payment)];
        const [first, second] = await Promise.all(round % 2 === 0 ? ends : ends.toReversed());
        assert.equal(first!.state, second!.state);
        const view = await payments.payment(payment);
        assert.ok('status' in view);
        assert.equal(view.status, first!.state === 'approved' ? 'paid' : 'rejected');
      }
      assert.deepEqual((await audit(ledger)).problems, []);
    });

    test('a small payment in one step needs nobody; rules may be for payers of one kind', async () => {
      const { payments } = await opened(place(), { review: [{ from: '1.00', kind: 'merchant', ...EUR }] });
      assert.equal(codeOf(await paying(payments, 'a', '500.00')), 'done');
      assert.equal(codeOf(await payments.pay('b', { from: 'shop', to: 'bob', ...EUR, amount: '1.00' })), 'review');
    });

    test('a dry run says that it would wait', async () => {
      const { payments } = await opened(place(), two);
      const dry = await payments.pay('dry', { ...fromAlice, amount: '100.00', dry_run: true });
      assert.ok(dry.outcome === 'would' && dry.would === 'review');
      assert.deepEqual(await payments.waiting('EUR'), []);
    });
  });
}

describe('holds and fees that wait', () => {
  const one: ControlRules = { review: [{ from: '100.00', ...EUR }] };

  test('a hold is held, approved, held on and captured', async () => {
    const { ledger, payments } = await opened(embedded, one);
    const held = await payments.as('maria').hold('h', { ...fromAlice, amount: '200.00', expires_in: 1000 });
    const { payment } = held as { readonly payment: string };
    assert.equal(codeOf(await payments.capture('early', { payment })), 'in_review');
    assert.equal((await payments.as('jan').approve(payment)).state, 'approved');
    const view = await payments.payment(payment);
    assert.ok('status' in view && view.status === 'held' && view.held === '200.00');
    assert.equal(codeOf(await payments.capture('c', { payment, amount: '150.00' })), 'done');
    assert.equal((await payments.account('alice', 'EUR')).available, '850.00');
    assert.deepEqual((await audit(ledger)).problems, []);
  });

  test('the fee and the limits go with the payment', async () => {
    const limits = [{ kind: 'customer', per: 'day', amount: '500.00', ...EUR }] as const;
    const { ledger, payments } = await opened(embedded, { ...one, limits });
    const pay = { ...fromAlice, amount: '300.00', fee: '2.00' };
    const { payment } = (await payments.as('maria').pay('p', pay)) as { readonly payment: string };
    assert.equal((await payments.account('alice', 'EUR')).available, '698.00');
    assert.equal(codeOf(await payments.pay('q', { ...fromAlice, amount: '200.01' })), 'day_limit_exceeded');
    await payments.as('jan').approve(payment);
    const view = await payments.payment(payment);
    assert.ok('fee' in view && view.fee === '2.00' && view.paid === '300.00');
    assert.equal(codeOf(await payments.reverse('undo', { payment })), 'done');
    assert.equal((await payments.account('alice', 'EUR')).balance, '1000.00');
    assert.deepEqual((await audit(ledger)).problems, []);
  });

  test('what a process that died has begun waits in the name of whoever asked', async () => {
    const { ledger, payments } = await opened(embedded, one);
    const dies = payments.through(
      flaky(ledger, () => 'lost'),
      'maria',
    );
    await assert.rejects(paying(dies, 'p', '100.00'), { code: 'connection_lost' });
    assert.equal(await payments.resolve(), 1);
    const { payment } = (await payments.waiting('EUR'))[0]!;
    await assert.rejects(payments.as('maria').approve(payment), { code: 'forbidden' });
    assert.equal((await payments.as('jan').approve(payment)).state, 'approved');
  });

  test('nobody waits for longer than the operator says', async () => {
    const { ledger, payments } = await opened(embedded, { ...one, review_expires_in: 1 });
    const { payment } = (await paying(payments.as('maria'), 'p', '100.00')) as { readonly payment: string };
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await ledger.createTransfers([]);
    const status = async (): Promise<string> => {
      const view = await payments.payment(payment);
      return 'status' in view ? view.status : view.outcome;
    };
    for (let look = 0; look < 100 && (await status()) !== 'expired'; look++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await status(), 'expired');
    assert.equal((await payments.as('jan').approve(payment)).state, 'expired');
    assert.equal((await payments.account('alice', 'EUR')).available, '1000.00');
  });

  test('a hold with a limit over two shards is refused by name', async () => {
    const limits = [{ kind: 'customer', per: 'day', amount: '500.00', ...EUR }] as const;
    const { payments } = await opened(twoShards(), { limits });
    const codes = new Set<string>();
    for (let n = 0; n < 4; n++) {
      const to = `shop-${n}`;
      await payments.openAccount({ name: to, kind: 'merchant', ...EUR });
      codes.add(codeOf(await payments.hold(`h${n}`, { from: 'alice', to, ...EUR, amount: '1.00' })));
    }
    for (const code of codes) assert.ok(code === 'done' || code === 'not_atomic_here', code);
  });
});
