/** What a program, its disk and its system do around a ledger that is open on threads. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { open } from '../../src/index.ts';
import { DiskStorage } from '../../src/platform/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const index = pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'index.js')).href;
const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));

test('a file that cannot be looked at is not one that is absent', () => {
  const storage = new DiskStorage();
  const loop = join(folder, 'loop');
  symlinkSync(loop, loop);
  assert.throws(() => storage.exists(loop), { name: 'TallystickError' });
  assert.equal(storage.exists(join(folder, 'nobody')), false);
  assert.equal(storage.exists(folder), true);
});

test('a ledger stays where it is when the program goes to work elsewhere', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const ledger = await open('relative');
    await ledger.createAccounts(accounts);
    process.chdir('/');
    await ledger.createAccounts([{ id: 3n, ledger: 1, code: 1 }]);
    await ledger.close();
  } finally {
    process.chdir(before);
  }
  const again = await open(join(folder, 'relative'));
  assert.equal((await again.lookupAccounts([1n, 2n, 3n])).length, 3);
  await again.close();
});

test('a program that stands on the command line has threads, too', () => {
  const program = `import { open } from '${index}';
    const ledger = await open('${join(folder, 'one-liner')}');
    console.log((await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }])).length);
    await ledger.close();`;
  for (const options of [['--input-type=module'], ['--input-type', 'module']]) {
    const { stdout, stderr } = spawnSync(process.execPath, [...options, '-e', program], { timeout: 60_000 });
    assert.equal(`${stdout}`, '1\n', `${stderr}`);
  }
});

const withoutLimits =
  process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).error === undefined
    ? false
    : 'takes root and setpriv, to be somebody who may have few threads';

test('a thread that cannot be started is an error of the ledger, which keeps nobody from ending', {
  skip: withoutLimits,
}, () => {
  const program = `import { open } from '${index}';
    try { await (await open(process.argv.at(-1))).close(); console.log('opened'); }
catch (error) { console.log(error.code); }`;
  const tried = (threads: number): string => {
    const place = join(folder, `threads-${threads}`);
    mkdirSync(place);
    chmodSync(place, 0o777);
    const script = `ulimit -u ${threads}; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout, signal } = spawnSync(
      'setpriv',
      [
        '--reuid',
        '65533',
        '--regid',
        '65533',
        '--clear-groups',
        'bash',
        '-c',
        script,
        process.execPath,
        program,
        place,
      ],
      { timeout: 30_000 },
    );
    // Node aborts where it has no threads itself.
    assert.ok(signal === null || signal === 'SIGABRT', `with ${threads} threads it does not end`);
    return `${stdout}`.trim();
  };
  chmodSync(folder, 0o755);
  // Node wants some for itself: with the fewest it does not start.
  const said = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 60].map(tried);
  assert.ok(said.includes('engine_failed'), said.join());
  assert.equal(said.at(-1), 'opened');
});

test('what fails while a ledger closes is told, on threads and inline', async () => {
  for (const mode of ['inline', 'threads'] as const) {
    const path = join(folder, `closing-${mode}`);
    const ledger = await open(path, { mode });
    await ledger.createAccounts(accounts);
    let id = 1n;
    for (let batch = 0; batch < 10; batch++) {
      const transfer = () => ({
        id: id++,
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
      });
      await ledger.createTransfers(Array.from({ length: 8189 }, transfer));
    }
    // Where the run of the end would be written.
    mkdirSync(join(path, 'runs', '00000000.run.tmp'));
    await assert.rejects(ledger.close(), { name: 'TallystickError' }, mode);
    assert.ok(existsSync(join(path, 'superblock')));
  }
});

test('a getter of an event that asks the ledger is refused, and nothing else is', async () => {
  const ledger = await open(join(folder, 'getters'));
  await ledger.createAccounts(accounts);
  let nested: Promise<unknown> | undefined;
  const transfer = {
    id: 1n,
    debit_account_id: 1n,
    credit_account_id: 2n,
    get amount(): bigint {
      nested ??= assert.rejects(ledger.lookupAccounts([1n]), /getter/);
      return 5n;
    },
    ledger: 1,
    code: 1,
  };
  await ledger.createTransfers([transfer]);
  await nested;
  assert.equal((await ledger.lookupAccounts([1n]))[0]!.debits_posted, 5n);
  await ledger.close();
});
