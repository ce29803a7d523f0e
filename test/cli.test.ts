/** The command line as a program sees it: exit codes, stdout, stderr. */
import './support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Report } from '../packages/server/src/benchmark/index.ts';
import { FORMATS } from '../src/books/index.ts';

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function tallystick(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: status, out: stdout, err: stderr };
}

const BOOK = `2024-01-01 open Assets:Cash USD
2024-01-01 open Income:Sales USD
2024-01-02 * "A sale"
  Assets:Cash     12.50 USD
  Income:Sales
`;
writeFileSync(join(folder, 'book.beancount'), BOOK);

test('the version, and help that names every command', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  assert.deepEqual(tallystick('--version'), { code: 0, out: `${version}\n`, err: '' });
  const { code, out } = tallystick('--help');
  assert.equal(code, 0);
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'reference', 'cli.md'), 'utf8');
  const commands = [...out.matchAll(/^ {2}([a-z][a-z-]*) (?=.*[<[\]]|\[options\]| {8})/gm)].map(([, name]) => name!);
  const documented = [...page.matchAll(/^## ([a-z-]+)/gm)].map(([, command]) => command!);
  assert.deepEqual(commands.filter((command) => command !== 'help').sort(), [...new Set(documented)].sort());
  for (const command of documented) {
    assert.equal(tallystick(command, '--help').code, 0);
  }
  assert.ok(
    tallystick('import', '--help')
      .out.replace(/\s+/g, ' ')
      .includes(FORMATS.map((name) => `"${name}"`).join(', ')),
  );
});

test('a pipe gets no colours on a build machine either, unless it asks for them', () => {
  const shown = (env: Record<string, string>): string =>
    spawnSync(process.execPath, [main, 'config'], { encoding: 'utf8', env: { ...process.env, ...env } }).stdout;
  const styled = '\u001b[';
  assert.ok(!shown({ CI: 'true' }).includes(styled));
  assert.ok(shown({ FORCE_COLOR: '1' }).includes(styled));
  assert.ok(!shown({ CI: 'true', FORCE_COLOR: '0' }).includes(styled));
});

test('what cannot be understood ends with 2 and a sentence', () => {
  for (const args of [
    ['sell'],
    ['benchmark', '--batch', 'x'],
    ['benchmark', '--validate'],
    ['import', 'book.beancount'],
    [],
  ]) {
    const { code, out, err } = tallystick(...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.notEqual(err, '');
    assert.doesNotMatch(err, /^ +at /m);
  }
});

test('the world misbehaving ends with 2, a code, a sentence and what to do next', () => {
  const { code, err } = tallystick('balances', 'nowhere');
  assert.equal(code, 2);
  assert.match(err, /^error not_found: There is no ledger in nowhere\.\nnext {2}\S/);
  assert.doesNotMatch(err, /^ +at /m);
  assert.match(tallystick('--verbose', 'balances', 'nowhere').err, /^ +at /m);
  assert.equal(tallystick('import', 'nowhere.beancount', '--into', 'shop').code, 2);
});

test('a book goes in once, however often it is imported, and comes out as its balances', () => {
  const first = tallystick('import', 'book.beancount', '--into', 'shop');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /1 transaction, /);
  assert.equal(first.err, '');
  const second = tallystick('import', 'book.beancount', '--into', 'shop');
  assert.match(second.out, /0 transactions \(1 already there\)/);
  const { code, out } = tallystick('balances', 'shop', '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), { 'Assets:Cash': { USD: '12.50' }, 'Income:Sales': { USD: '-12.50' } });
  const table = tallystick('balances', 'shop').out;
  assert.match(table, /Assets:Cash +12\.50 +USD/);
  assert.match(table, /\ntotal debits +12\.50 +USD\ntotal credits +12\.50 +USD\n$/);
  tallystick('init', 'own');
  const own = tallystick('balances', 'own');
  assert.equal(own.code, 1);
  assert.equal(own.out, '');
  assert.match(own.err, /^No book was imported into own, .*tallystick export own --accounts/);
});

test('a benchmark prints one JSON object, and leaves nothing behind', () => {
  const { code, out, err } = tallystick(
    ...['benchmark', '--json', '--transfer-count', '20k', '--account-count', '100', '--query-count', '3'],
    ...['--id-order', 'random', '--validate', '--batch', '10000', '--seed', '7'],
  );
  assert.equal(code, 0, err);
  assert.equal(err, '');
  const report = JSON.parse(out) as Report;
  assert.equal(report.transfers, 20_000);
  assert.equal(report.accounts, 100);
  assert.equal(report.batch_size, 10_000);
  assert.equal(report.seed, 7);
  assert.equal(report.queries, 3);
  assert.ok(report.transfers_queried > 0);
  assert.deepEqual(report.failed, { accounts: {}, transfers: {} });
  assert.deepEqual(report.validated, { accounts: 100, transfers: 20_000, mismatches: 0, balanced: true });
  for (const latency of [report.batch_latency_ms, report.query_latency_ms]) {
    assert.deepEqual(Object.keys(latency!), ['p1', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p100']);
    assert.ok(latency!.p1 <= latency!.p50 && latency!.p50 <= latency!.p100);
  }
  assert.ok(report.transfers_per_second > 0 && report.rss_bytes > 0 && report.rss_peak_bytes >= report.rss_bytes);
  assert.ok(report.disk_bytes! > 20_000 * 128);
  assert.match(report.commit, /^(v|[0-9a-f]{7})/);
  assert.equal(report.machine.node, process.version);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('tallystick-benchmark')),
    [],
  );
});

test('a benchmark in words has the lines of `tigerbeetle benchmark`', () => {
  const { code, out } = tallystick(
    ...['benchmark', '--memory', '--transfer-count', '1000', '--account-count', '10', '--query-count', '1'],
  );
  assert.equal(code, 0);
  for (const line of [
    /^1 batches in [\d.]+ s$/m,
    /^transfer batch size = 8189 txs$/m,
    /^load accepted = \d+ tx\/s$/m,
    /^batch latency p50 = [\d.]+ ms$/m,
    /^1 queries in [\d.]+ s$/m,
    /^query latency p100 = [\d.]+ ms$/m,
    /^rss = \d+ bytes/m,
  ]) {
    assert.match(out, line);
  }
});

test('events that are refused are counted, named, and make the benchmark fail', () => {
  const args = [
    'benchmark',
    '--file',
    'twice',
    '--id-order',
    'sequential',
    '--transfer-count',
    '100',
    '--account-count',
    '10',
  ];
  assert.equal(tallystick(...args, '--query-count', '0').code, 0);
  const { code, out } = tallystick(...args, '--query-count', '0');
  assert.equal(code, 1);
  assert.match(out, /^FAILED accounts: 10 exists$/m);
  assert.match(out, /^FAILED transfers: 100 exists$/m);
});

test('callers send single transfers', () => {
  const { code, out } = tallystick(
    ...[
      'benchmark',
      '--callers',
      '8',
      '--transfer-count',
      '500',
      '--account-count',
      '10',
      '--query-count',
      '0',
      '--json',
    ],
  );
  assert.equal(code, 0);
  const report = JSON.parse(out) as Report;
  assert.equal(report.callers, 8);
  assert.equal(report.batch_size, 1);
});

test('the demo kills a process in the middle of its transfers, and finds all that it had acknowledged', () => {
  const { code, out, err } = tallystick('demo', 'book.beancount');
  assert.equal(code, 0, out + err);
  assert.equal(err, '');
  assert.match(out, /kill -9/);
  const [, acknowledged, found] = /([\d,]+) acknowledged before the kill, ([\d,]+) found/.exec(out)!;
  assert.equal(found, acknowledged);
  assert.match(out, /nothing is lost/);
  assert.match(out, /Assets:Cash +12\.50 +USD/);
  assert.match(out, /equal on each of 2 ledgers/);
  assert.match(out, /refused, day_limit_exceeded\n.*\n.*approve: forbidden\n.*waiting, approved/);
  const [, told, again] = /after ([\d,]+) payments: kill -9\n.*asked again, ([\d,]+) keys say/.exec(out)!;
  assert.equal(again, told);
  assert.match(out, /right: [\d,]+ payments were proved/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('tallystick-demo')),
    [],
  );
});

test('a book goes into a folder, and nowhere else', () => {
  for (const target of [':memory:', 'tcp://127.0.0.1:1']) {
    const { code, err } = tallystick('import', 'book.beancount', '--into', target);
    assert.equal(code, 2);
    assert.match(err, /invalid_argument.*folder/s);
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => /^(:|tcp)/.test(name)),
    [],
  );
});

test('a book that is not UTF-8 is refused: two names would be one account', () => {
  writeFileSync(join(folder, 'latin.beancount'), Buffer.from(BOOK.replaceAll('Cash', 'Caf\u00e9'), 'latin1'));
  const { code, err } = tallystick('import', 'latin.beancount', '--into', 'latin');
  assert.equal(code, 2);
  assert.match(err, /book_invalid.*UTF-8/s);
});

const withoutFull = existsSync('/dev/full') ? false : 'there is no /dev/full';

test('output that cannot be written is trouble, not an answer', { skip: withoutFull }, () => {
  tallystick('import', 'book.beancount', '--into', 'full');
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [main, 'export', 'full'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  assert.equal(status, 2, stderr);
  assert.match(stderr, /ENOSPC/);
  assert.doesNotMatch(stderr, / {4}at /);
});

test('an id is printed as each door writes it, and read back from each', () => {
  const said = JSON.parse(tallystick('id', '17', '--json').out);
  assert.deepEqual(said, { decimal: '17', hex: '0x11', uuid: '00000000-0000-0000-0000-000000000011', grpc: 'EQ==' });
  const fresh = JSON.parse(tallystick('id', '--json').out);
  for (const words of [[fresh.hex], [fresh.uuid], ['--grpc', fresh.grpc]]) {
    assert.deepEqual(JSON.parse(tallystick('id', '--json', ...words).out), fresh);
  }
  for (const wrong of [['x'], [String(2n ** 128n)], ['--grpc', 'not base64'], ['-1']]) {
    assert.equal(tallystick('id', ...wrong).code, 2, wrong.join(' '));
  }
});

test('config prints what is set, and what is wrong with it behind', () => {
  const { code, out, err } = tallystick('config', 'shop', '--tcp-port', 'x', '--log-level', 'warn');
  assert.equal(code, 2);
  assert.match(out, /log\.level +warn +--log-level/);
  assert.match(out, /tcp\.port +3000/);
  assert.match(err, /configuration_invalid: tcp\.port wants a port .* not "x" \(the flag --tcp-port\)/);
});

test('a certificate that cannot be read is named by its key', () => {
  const { code, err } = tallystick('serve', ':memory:', '--tls-certificate', 'nowhere.pem', '--tls-key', 'nowhere.pem');
  assert.equal(code, 2);
  assert.match(err, /configuration_invalid: tls\.certificate: nowhere\.pem cannot be read: ENOENT/);
});
