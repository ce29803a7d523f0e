/** Files of NACHA: read by `achkit` of PyPI where BANK_TOOLS has it, and what comes back by its trace number. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ledger, open } from 'tallystick';
import { audit, type BankFile, type Done, MemoryRecords, Payments, Rails } from '../../packages/services/src/index.ts';
import { readNachaReturns, sequenceOf } from '../../packages/services/src/rails/nacha.ts';
import { ach } from '../../packages/services/test/banks.ts';

const tools = process.env.BANK_TOOLS ?? '';
const skip = existsSync(join(tools, 'achkit')) ? false : 'BANK_TOOLS has no achkit: pip install --target DIR achkit';

const wish = (name: string, amount: string) => ({
  from: 'alice',
  asset: 'USD',
  amount,
  rail: 'ach',
  to: { name, routing: '091000019', account: '000123-45' },
});

interface Town {
  readonly payments: Payments;
  readonly rails: Rails;
  readonly files: BankFile[];
  readonly mail: Uint8Array[];
}

async function town(ledger: Ledger): Promise<Town> {
  const payments = new Payments(ledger, { records: new MemoryRecords(), rails: [ach] });
  await payments.openAccount({ name: 'us-bank', asset: 'USD', kind: 'bank' });
  await payments.openAccount({ name: 'alice', asset: 'USD', kind: 'customer' });
  await payments.pay('opening', { from: 'us-bank', to: 'alice', asset: 'USD', amount: '1000.00' });
  const [files, mail]: [BankFile[], Uint8Array[]] = [[], []];
  const bank = {
    send: async (file: BankFile) => {
      files.push(file);
      return 'taken' as const;
    },
    messages: async () => mail.splice(0).map((bytes, index) => ({ id: String(index), bytes })),
    confirm: async () => undefined,
  };
  return { payments, rails: new Rails(ledger, payments, { banks: { ach: bank } }), files, mail };
}

const textOf = (file: BankFile): string => new TextDecoder().decode(file.bytes);

test('a file is what achkit calls right: its sums, its blocks, its trace numbers', { skip }, async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments, rails, files } = await town(ledger);
  for (let n = 0; n < 11; n++)
    await payments.payout(`p${n}`, { ...wish(`Bob ${n}`, `${n + 1}.25`), reference: `no. ${n}` });
  const savings = wish('A name that is longer than the field', '9.00');
  await payments.payout('s', { ...savings, to: { ...savings.to, account_kind: 'savings' } });
  await rails.turn('ach');
  const text = textOf(files[0]!);
  const check = (file: string): { readonly ok: boolean; readonly errors: readonly { readonly code: string }[] } => {
    const program = 'import sys, json, achkit; print(json.dumps(achkit.validate(sys.stdin.read())))';
    const env = { ...process.env, PYTHONPATH: tools };
    return JSON.parse(execFileSync('python3', ['-c', program], { env, input: file, encoding: 'utf8' }));
  };
  assert.deepEqual(check(text), { ok: true, errors: [] });
  const wrong = check(text.replace('0000000125', '0000000126'));
  assert.deepEqual(
    wrong.errors.map(({ code }) => code),
    ['BAD_BATCH_CREDIT', 'BAD_FILE_CREDIT'],
  );
  await ledger.close();
});

test('what the bank has taken is accepted, and a return names its payout by the trace number', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments, rails, files, mail } = await town(ledger);
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(((await payments.payout(`p${n}`, wish('Bob', `${n + 1}.00`))) as Done).id);
  await rails.turn('ach');
  assert.equal((await payments.payouts.view(ids[1]!)).status, 'accepted');
  const rows = textOf(files[0]!).split('\n');
  assert.ok(rows.slice(0, -1).every((row) => row.length === 94) && (rows.length - 1) % 10 === 0);
  const trace = rows.filter((row) => row.startsWith('6'))[1]!.slice(79, 94);
  const addenda = `799R03${trace}`.padEnd(94);
  const file = [rows[0]!, addenda, '9'.repeat(94)].join('\n');
  mail.push(new TextEncoder().encode(file), new TextEncoder().encode(file));
  assert.deepEqual((await rails.turn('ach')).problems, []);
  const view = await payments.payouts.view(ids[1]!);
  assert.deepEqual([view.status, view.reason], ['returned', 'R03']);
  assert.equal((await payments.account('alice', 'USD')).available, '996.00');
  mail.push(new TextEncoder().encode(file.replace(trace, `${trace.slice(0, 8)}0000009`)));
  assert.match((await rails.turn('ach')).problems[0]!, /none of ours/);
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('what a rail of NACHA cannot pay is refused by name; a file that is cut is none', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments } = await town(ledger);
  const good = wish('Bob', '1.00');
  for (const [request, field] of [
    [{ ...good, to: { ...good.to, routing: '091000018' } }, 'to.routing'],
    [{ ...good, to: { ...good.to, account: 'x'.repeat(18) } }, 'to.account'],
    [{ ...good, to: { name: 'Bob', iban: 'DE89370400440532013000' } }, 'to.routing'],
    [{ ...good, to: { ...good.to, name: 'Zoë' } }, 'to.name'],
    [{ ...good, amount: '10000000.00' }, 'amount'],
  ] as const) {
    await assert.rejects(payments.payout('b', request), { code: 'invalid_argument', field });
  }
  for (const text of ['101', `101${' '.repeat(91)}`]) {
    assert.throws(() => readNachaReturns(new TextEncoder().encode(text)), { code: 'invalid_argument' });
  }
  assert.equal(sequenceOf(10_000_001), 1);
  await ledger.close();
});
