/** Backups that leave the machine: in a folder, and in a bucket of a real server of S3. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Backups, Seal, storeAt } from '../../packages/server/src/offsite/index.ts';
import { type Account, open } from '../../src/index.ts';
import { ledgerFiles } from '../../src/inspect/index.ts';
import { accountsOf } from '../../src/model/index.ts';
import { DiskStorage } from '../../src/platform/index.ts';
import { BUCKET, BucketServer, bucketCannot } from '../support/bucket.ts';
import { temporaryFolder } from '../support/folders.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
let server: BucketServer | undefined;
after(() => server?.end());
const folder = temporaryFolder();
const keyFile = join(folder, 'key');
writeFileSync(keyFile, `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

function tallystick(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, errors })));
}

/** The object that the command prints; fails when it ends with another code. */
async function done(words: readonly string[], environment = {}, code = 0): Promise<Record<string, unknown>> {
  const said = await tallystick([...words, '--key-file', keyFile, '--json'], environment);
  assert.equal(said.code, code, said.errors);
  return JSON.parse(said.out);
}

const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

/** Makes `count` batches of a transfer each; returns the accounts behind the last. */
async function work(path: string, count: number): Promise<Account[]> {
  await using ledger = await open(path);
  const [before] = await ledger.lookupAccounts([1n]);
  if (before === undefined) await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  const from = before?.debits_posted ?? 0n;
  for (let index = 1; index <= count; index++) await ledger.createTransfers([transfer(from + BigInt(index))]);
  return ledger.lookupAccounts([1n, 2n]);
}

async function accountsIn(path: string): Promise<Account[]> {
  await using ledger = await open(path, { create: false });
  const found: Account[] = [];
  for await (const page of accountsOf(ledger)) found.push(...page);
  return found;
}

/** The story of backups at one place. */
async function told(name: string, url: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const ledger = join(folder, `${name}-ledger`);
  const first = await work(ledger, 3);
  const one = await done(['backup', ledger, '--to', url], environment);
  const between = new Date();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = await work(ledger, 4);
  const two = await done(['backup', ledger, '--to', url], environment);
  assert.ok(Number(two.op) > Number(one.op));
  const again = await done(['backup', ledger, '--to', url], environment);
  assert.equal(again.bytes_sent, 0);
  assert.equal((await done(['drill', url], environment)).same, true);

  const restored = async (to: string, ...more: string[]): Promise<Account[]> => {
    await done(['restore', url, '--to', join(folder, to), ...more], environment);
    return accountsIn(join(folder, to));
  };
  assert.deepEqual(await restored(`${name}-newest`), second);
  assert.deepEqual(await restored(`${name}-time`, '--until', between.toISOString()), first);
  assert.deepEqual(await restored(`${name}-first`, '--until', String(one.op)), first);
  // Between two backups: the later one is cut.
  const [account] = await restored(`${name}-between`, '--until', String(Number(two.op) - 2));
  assert.equal(account!.debits_posted, 5n);
  const late = await tallystick(
    ['restore', url, '--to', join(folder, `${name}-late`), '--until', '999999', '--key-file', keyFile],
    environment,
  );
  assert.equal(late.code, 2);
  assert.match(late.errors, /the newest backup ends at op/);

  // Two stay, and all that they need.
  await work(ledger, 1);
  assert.equal((await done(['backup', ledger, '--to', url, '--keep', '2'], environment)).removed, 1);
  assert.equal((await done(['drill', url], environment)).same, true);
  assert.equal((await restored(`${name}-kept`)).length, 2);
}

test('a folder beyond the machine has backups, and any op and time comes back', async () => {
  await told('file', `file://${join(folder, 'store')}`, {});
});

test('so has a bucket of S3', { skip: bucketCannot ?? false }, async (t) => {
  server = await BucketServer.start(folder);
  t.diagnostic(`the server of S3 is ${server.program}`);
  await told('bucket', `s3://${BUCKET}/of/the-shop`, server.environment);
  const wrong = { ...server.environment, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const { code, errors } = await tallystick(['drill', `s3://${BUCKET}/x`, '--key-file', keyFile], wrong);
  assert.equal(code, 2);
  assert.match(errors, /unreachable/);
});

test('what was changed, swapped or sealed with another key is refused', async () => {
  const ledger = join(folder, 'changed-ledger');
  await work(ledger, 2);
  const store = join(folder, 'changed');
  const url = `file://${store}`;
  await done(['backup', ledger, '--to', url]);
  const refused = async (): Promise<string> => {
    const said = await tallystick(['drill', url, '--key-file', keyFile]);
    assert.equal(said.code, 2);
    return said.errors;
  };
  const chunks = readdirSync(join(store, 'chunks')).map((name) => join(store, 'chunks', name));
  const [one, two] = chunks.map((path) => readFileSync(path));
  for (const at of [0, 20, one!.length - 1]) {
    const bytes = Buffer.from(one!);
    bytes[at]! ^= 1;
    writeFileSync(chunks[0]!, bytes);
    assert.match(await refused(), /does not open/);
  }
  writeFileSync(chunks[0]!, two!);
  assert.match(await refused(), /does not open/);
  rmSync(chunks[0]!);
  assert.match(await refused(), /not_found/);
  writeFileSync(chunks[0]!, one!);
  const other = new Backups(await storeAt(url), new Seal(Buffer.alloc(32, 7)));
  await assert.rejects(other.read((await other.list())[0]!.name), { code: 'journal_corrupt' });
  // Nothing of the ledger can be read there.
  assert.ok(!chunks.some((path) => readFileSync(path).includes('tallystick')));
  assert.equal(statSync(chunks[1]!).mode & 0o077, 0);
});

test('a chunk that is gone is noticed by the next backup, and another ledger is refused', async () => {
  const ledger = join(folder, 'gone-ledger');
  await work(ledger, 2);
  const store = join(folder, 'gone');
  const url = `file://${store}`;
  await done(['backup', ledger, '--to', url]);
  const [chunk] = readdirSync(join(store, 'chunks'));
  writeFileSync(join(store, 'chunks', chunk!), 'short');
  const said = await tallystick(['backup', ledger, '--to', url, '--key-file', keyFile]);
  assert.equal(said.code, 2);
  assert.match(said.errors, /is not in the store/);
  const stranger = join(folder, 'stranger');
  await work(stranger, 1);
  const refused = await tallystick(['backup', stranger, '--to', url, '--key-file', keyFile]);
  assert.match(refused.errors, /ledger_changed/);
  assert.ok(ledgerFiles(new DiskStorage(), ledger).segments.length > 0, 'the ledger is as it was');
});

test('a key that others may read, or that is none, is refused', () => {
  const path = join(folder, 'open-key');
  writeFileSync(path, 'ab'.repeat(32));
  chmodSync(path, 0o644);
  assert.throws(() => Seal.fromFile(path), { message: /chmod 600/ });
  writeFileSync(path, 'abc');
  assert.throws(() => Seal.fromFile(path), { message: /64 digits/ });
  assert.throws(() => Seal.fromFile(join(folder, 'nowhere')), { code: 'not_found' });
});
