/**
 * What was told stays told: a process with a ledger is killed, a file of the ledger is harmed, and no transfer is
 * missing without a word.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from '../../src/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const root = temporaryFolder();
const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const SEGMENT = 'journal/00000000.seg';
let copies = 0;

/** Returns the folder, and how many transfers its program was told are created. */
function killed(name: string, mode: 'threads' | 'inline', idleMs: number): { folder: string; told: number } {
  const folder = join(root, name);
  const child = join(import.meta.dirname, 'told-child.js');
  const { stdout, signal } = spawnSync(process.execPath, [child, folder, mode, '20', '3', String(idleMs)], {
    encoding: 'utf8',
  });
  assert.equal(signal, 'SIGKILL');
  return { folder, told: Number(stdout) };
}

function copyOf(folder: string): string {
  const copy = join(root, `copy ${copies++}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

async function count(folder: string, acceptLoss = false): Promise<number> {
  const ledger = await open(folder, { mode: 'inline', acceptLoss });
  try {
    const [account] = await ledger.lookupAccounts([1n]);
    return Number(account?.debits_posted ?? 0n);
  } finally {
    await ledger.close();
  }
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

function tallystick(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

for (const mode of ['threads', 'inline'] as const) {
  for (const idleMs of [0, 30]) {
    test(`killed ${idleMs} ms after an answer, ${mode}: all is found, no damage is taken for the end`, async () => {
      const { folder, told } = killed(`${mode} ${idleMs}`, mode, idleMs);
      assert.equal(told, 6000);
      assert.equal(await count(copyOf(folder)), told);
      const end = readFileSync(join(folder, SEGMENT)).findLastIndex((byte) => byte !== 0);
      for (let at = end; at > 128; at -= Math.max(1, Math.floor(end / 25))) {
        const copy = copyOf(folder);
        flip(join(copy, SEGMENT), at);
        await assert.rejects(count(copy), { code: 'journal_corrupt' }, `byte ${at} of ${end}`);
        rmSync(copy, { recursive: true });
      }
    });
  }
}

test('a file that is lost, emptied or cut is missed, and whoever accepts the loss keeps what is left', async () => {
  const { folder, told } = killed('files', 'threads', 0);
  const harm: { readonly [what: string]: (folder: string) => void } = {
    'the segment is lost': (copy) => rmSync(join(copy, SEGMENT)),
    'the segment is empty': (copy) => truncateSync(join(copy, SEGMENT), 0),
    'the segment is cut': (copy) => truncateSync(join(copy, SEGMENT), 300_000),
    'the journal is lost': (copy) => rmSync(join(copy, 'journal'), { recursive: true }),
    'the witness is lost': (copy) => rmSync(join(copy, 'witness')),
  };
  for (const [what, act] of Object.entries(harm)) {
    const copy = copyOf(folder);
    act(copy);
    const before = filesOf(copy);
    for (let again = 0; again < 2; again++) await assert.rejects(count(copy), { code: 'journal_corrupt' }, what);
    assert.deepEqual(filesOf(copy), before, `${what}: nothing but the lock has changed`);
    const found = await count(copy, true);
    assert.ok(what === 'the witness is lost' ? found === told : found < told, `${what}: ${found}`);
    assert.equal(await count(copy), found, `${what}: afterwards it opens without a word`);
  }
});

test('repair accepts a loss when it is asked to, down to the op that it is told', async () => {
  const { folder } = killed('repair', 'threads', 0);
  const path = join(folder, SEGMENT);
  truncateSync(path, 300_000);
  flip(path, 299_999);
  const refused = tallystick('repair', folder);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /journal_corrupt[\s\S]*witness says that op \d+ was durable: \d+ batches are lost/);
  assert.equal(tallystick('repair', folder, '--accept-loss', '60').status, 2);
  const repaired = tallystick('repair', folder, '--accept-loss', '10', '--json');
  assert.equal(repaired.status, 1, repaired.stderr);
  const { op, kept, loss } = JSON.parse(repaired.stdout);
  assert.ok(op >= 10 && loss.op === op + 1);
  assert.ok(kept.length > 0 && kept.every((one: { kept: string }) => existsSync(join(folder, one.kept))));
  const reasons = readdirSync(join(folder, 'lost+found')).map((token) =>
    readFileSync(join(folder, 'lost+found', token, 'reasons.txt'), 'utf8'),
  );
  assert.match(reasons.join(''), /^journal\/00000000\.seg\t/m);
  assert.equal(await count(folder), (op - 1) * 100);
  assert.equal(tallystick('inspect', folder, '--verify').status, 0);
});

test('a torn tail lies in lost+found when it was cut', async () => {
  const { folder, told } = killed('torn', 'threads', 0);
  const path = join(folder, SEGMENT);
  const bytes = readFileSync(path);
  const end = Math.ceil((bytes.findLastIndex((byte) => byte !== 0) + 1) / 128) * 128;
  const torn = Buffer.alloc(1000, 0xab);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, end), torn]));
  const ledger = await open(folder, { mode: 'inline' });
  const [kept] = ledger.recovery.kept;
  await ledger.close();
  assert.equal(kept?.path, SEGMENT);
  assert.match(kept.why, /nobody was told about/);
  assert.deepEqual(readFileSync(join(folder, kept.kept)), torn);
  assert.equal(await count(folder), told);
});

test('where none is to be made, a ledger without its superblock is damaged, an absent one not found', async () => {
  const { folder } = killed('headless', 'inline', 0);
  rmSync(join(folder, 'superblock'));
  await assert.rejects(open(folder, { create: false }), { code: 'format_foreign', message: /journal|lost|witness/ });
  await assert.rejects(open(join(root, 'nowhere'), { create: false }), { code: 'not_found' });
  assert.equal(existsSync(join(root, 'nowhere')), false);
});

test('acceptLoss is true, or the op that must be reached', async () => {
  for (const acceptLoss of ['yes', -1, 1.5]) {
    await assert.rejects(open(join(root, 'none'), { acceptLoss: acceptLoss as number }), (error) => {
      assert.ok(error instanceof TallystickError && error.code === 'invalid_argument');
      return true;
    });
  }
});

/** Names and sizes, without locks. */
function filesOf(folder: string): [string, number][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/writer-|superblock|\.detached/.test(name) && statSync(join(folder, name)).isFile())
    .map((name): [string, number] => [name, statSync(join(folder, name)).size])
    .sort();
}
