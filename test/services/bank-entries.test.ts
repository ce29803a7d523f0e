/** What a bank books is booked here once: settlements, returns, money that comes in, and a queue for the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'tallystick';
import { audit, type Done, type Receipt } from '../../packages/services/src/index.ts';
import { payout, reached, type Street, simulated, street } from '../../packages/services/test/banks.ts';

const idOf = (receipt: unknown): string => (receipt as Done).id;
const balances = async ({ payments }: Street, ...names: string[]): Promise<string[]> =>
  Promise.all(names.map(async (name) => (await payments.account(name, 'EUR')).balance));

async function turns(rails: Street['rails'], count: number): Promise<string[]> {
  const problems: string[] = [];
  for (let n = 0; n < count; n++) problems.push(...(await rails.turn('sepa')).problems);
  return problems;
}

test('a payout is settled once, when the bank books it: in a notification, in a statement, or in both', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const town = await street(ledger, reached(bank));
  const { payments, rails } = town;
  const id = idOf(await payments.payout('p1', payout('Bob', '12.50')));
  await turns(rails, 2);
  bank.advance(1);
  const mail = bank.messages();
  assert.equal(mail.length, 2);
  assert.deepEqual(await turns(rails, 2), []);
  assert.equal((await payments.payouts.view(id)).status, 'settled');
  // The town began with 1,000.00 that came from the bank's account.
  assert.deepEqual(await balances(town, 'alice', 'bank'), ['987.50', '987.50']);
  const statement = new TextDecoder().decode(mail[1]!.bytes);
  const again = await payments.payouts.importStatement('sepa', statement);
  assert.deepEqual([again.again, again.settled, again.problems], [1, 0, []]);
  assert.deepEqual(await balances(town, 'alice', 'bank'), ['987.50', '987.50']);
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('what comes back goes back to whoever paid, once; so does a payout that is turned down late', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const town = await street(ledger, reached(bank));
  const { payments, rails } = town;
  const returned = idOf(await payments.payout('p1', payout('Return MD06 2', '12.50')));
  const down = idOf(await payments.payout('p2', payout('Turn down AC04', '7.50')));
  await turns(rails, 2);
  assert.deepEqual(await balances(town, 'alice'), ['980.00']);
  bank.advance(3);
  const mail = bank.messages();
  assert.deepEqual(await turns(rails, 2), []);
  const views = [await payments.payouts.view(returned), await payments.payouts.view(down)];
  assert.deepEqual(
    views.map(({ status, reason }) => [status, reason]),
    [
      ['returned', 'MD06'],
      ['returned', 'AC04'],
    ],
  );
  assert.deepEqual(await balances(town, 'alice', 'bank'), ['1000.00', '1000.00']);
  for (const { bytes } of mail.toReversed()) {
    const text = new TextDecoder().decode(bytes);
    if (text.includes('camt.05')) await payments.payouts.importStatement('sepa', text);
  }
  assert.deepEqual(await balances(town, 'alice', 'bank'), ['1000.00', '1000.00']);
  assert.deepEqual(await payments.payouts.unmatched('sepa'), []);
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('money comes in to the account that its reference names; the rest waits in a queue for whoever knows', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const town = await street(ledger, reached(bank));
  const { payments, rails } = town;
  bank.credit('20.00', 'bob', 'Carol');
  bank.credit('30.00', 'for bob', 'Dave');
  bank.credit('40.00', 'bank', 'Eve');
  assert.deepEqual(await turns(rails, 1), []);
  assert.deepEqual(await balances(town, 'bob', 'bank'), ['20.00', '1090.00']);
  const queue = await payments.payouts.unmatched('sepa');
  assert.deepEqual(
    queue.map(({ amount, side, party, remittance }) => [amount, side, party, remittance]),
    [
      ['30.00', 'credit', 'Dave', ['for bob']],
      ['40.00', 'credit', 'Eve', ['bank']],
    ],
  );
  const [first, second] = queue;
  assert.equal((await payments.payouts.assign('sepa', first!.id, 'bob')).assigned, 'bob');
  await payments.payouts.assign('sepa', first!.id, 'bob');
  await assert.rejects(payments.payouts.assign('sepa', first!.id, 'shop'), { code: 'request_reused' });
  await assert.rejects(payments.payouts.assign('sepa', second!.id, 'nobody'), { code: 'not_found' });
  await assert.rejects(payments.payouts.assign('sepa', `ent_${'0'.repeat(30)}`, 'bob'), { code: 'not_found' });
  assert.deepEqual(await balances(town, 'bob', 'shop'), ['50.00', '0.00']);
  assert.deepEqual(
    (await payments.payouts.unmatched('sepa')).map(({ id }) => id),
    [second!.id],
  );
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('a message that nobody understands is set aside as it came, and those behind it are done', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const inner = reached(bank);
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const odd = [
    '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    '<x>',
    '<?xml-stylesheet href="a"?><x/>',
    '<x>&b;</x>',
    `${'<x>'.repeat(40)}${'</x>'.repeat(40)}`,
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"/>',
    '',
  ];
  let told = false;
  const messages = async () => {
    const strange = told ? [] : odd.map((text, index) => ({ id: `x${index}`, bytes: bytes(text) }));
    told = true;
    return [...strange, ...(await inner.messages())];
  };
  const { payments, rails } = await street(ledger, { ...inner, messages });
  bank.credit('1.00', 'bob', 'Carol');
  const { problems } = await rails.turn('sepa');
  assert.equal(problems.length, odd.length);
  const aside = await payments.payouts.aside();
  assert.deepEqual(aside.map(({ message }) => message).sort(), [...odd].sort());
  assert.equal((await payments.account('bob', 'EUR')).balance, '1.00');
  for (const text of odd) {
    if (text !== '') await assert.rejects(payments.payouts.importStatement('sepa', text), { code: 'invalid_argument' });
  }
  await ledger.close();
});

test('a duplicate that the bank refuses is no rejection, and what contradicts moves nothing', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const town = await street(ledger, reached(bank), {}, { askAgainMs: 0 });
  const { payments, rails } = town;
  const id = idOf(await payments.payout('p1', payout('Bob', '12.50')));
  const report = async (text: string): Promise<readonly string[]> => {
    const once = [{ id: 'r', bytes: new TextEncoder().encode(text) }];
    const said = { send: reached(bank).send, confirm: async () => {}, messages: async () => once.splice(0) };
    return (await (await street(ledger, said, { records: town.records })).rails.turn('sepa')).problems;
  };
  await rails.turn('sepa');
  const file = /fil[0-9a-f]{30}/.exec(new TextDecoder().decode(bank.messages()[0]!.bytes))![0];
  const end = `pay${id.slice(4)}`;
  const said = (group: string, line: string): string =>
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.12"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>' +
    `<OrgnlMsgId>${file}</OrgnlMsgId>${group}</OrgnlGrpInfAndSts>${line}</CstmrPmtStsRpt></Document>`;
  const rejected = (code: string): string => `<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>${code}</Cd></Rsn></StsRsnInf>`;
  assert.deepEqual(await report(said(rejected('DUPL'), '')), []);
  assert.equal((await payments.payouts.view(id)).status, 'sent');
  const line = (status: string): string =>
    `<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>${end}</OrgnlEndToEndId><TxSts>${status}</TxSts>` +
    '</TxInfAndSts></OrgnlPmtInfAndSts>';
  assert.deepEqual(await report(said('', line('PDNG'))), []);
  assert.equal((await payments.payouts.view(id)).status, 'sent');
  assert.deepEqual(await report(said(rejected('FF01'), '')), []);
  assert.deepEqual(await payments.payouts.view(id).then(({ status, reason }) => [status, reason]), [
    'rejected',
    'FF01',
  ]);
  assert.match((await report(said('', line('ACCP'))))[0]!, /contradicts/);
  assert.deepEqual(await balances(town, 'alice'), ['1000.00']);
  // The bank books it all the same: nobody's payout is settled twice; people see the entry.
  bank.advance(1);
  await turns(rails, 3);
  const queue = await payments.payouts.unmatched('sepa');
  assert.deepEqual(
    queue.map(({ side, amount }) => [side, amount]),
    [['debit', '12.50']],
  );
  assert.equal((await payments.payouts.view(id)).status, 'rejected');
  await ledger.close();
});

test('a payout that waits for approval is sent when others have approved', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const controls = { review: [{ asset: 'EUR', kind: 'customer', from: '10.00' }] } as const;
  const { payments, rails } = await street(ledger, reached(simulated()), { controls });
  const asked = (await payments.as('maria').payout('p1', payout('Bob', '12.50'))) as Receipt;
  assert.equal(asked.outcome, 'review');
  assert.equal((await payments.payouts.view(asked.id)).status, 'in_review');
  assert.equal((await rails.turn('sepa')).cut, undefined);
  assert.equal((await payments.waiting('EUR')).length, 1);
  assert.equal((await payments.as('jan').approve(asked.payment)).state, 'approved');
  assert.equal((await payments.payouts.view(asked.id)).status, 'held');
  assert.equal((await rails.turn('sepa')).cut, 1);
  await rails.turn('sepa');
  assert.equal((await payments.payouts.view(asked.id)).status, 'accepted');
  const other = (await payments.as('maria').payout('p2', payout('Bob', '11.00'))) as Receipt;
  await payments.as('jan').reject(other.payment);
  assert.equal((await payments.payouts.view(other.id)).status, 'not_approved');
  assert.equal((await rails.turn('sepa')).cut, undefined);
  assert.equal((await payments.account('alice', 'EUR')).available, '987.50');
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});
