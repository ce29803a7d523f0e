import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problems } from '../book.ts';
import { format } from '../decimal.ts';
import { posixPattern } from '../posix.ts';
import { type ReadOptions, readBook } from '../read.ts';

interface Told {
  readonly rows: string[];
  readonly problems: string[];
}

/** Files by their paths; those that a pattern fits, for sources. */
async function read(rules: string, files: Readonly<Record<string, string>>, options: ReadOptions = {}): Promise<Told> {
  const problems = new Problems();
  const include = (path: string): { path: string; text: string }[] =>
    Object.entries(files)
      .filter(([name]) => name === path || (path.endsWith('*') && name.startsWith(path.slice(0, -1))))
      .map(([name, text]) => ({ path: name, text }));
  const { transactions } = await readBook({ path: 'bank.csv.rules', text: rules }, 'rules', include, problems, options);
  return {
    rows: [...transactions].map(({ date, narration, postings }) =>
      [
        date,
        narration,
        ...postings.map(({ account, number, commodity }) => `${account} ${format(number)} ${commodity}`),
      ]
        .join(' ')
        .trim(),
    ),
    problems: problems.list.map(({ severity, place, message }) => `${severity} ${place.path}:${place.line} ${message}`),
  };
}

const FIELDS = 'fields date,description,amount\naccount1 bank\naccount2 x\ncurrency EUR \n';
const ROW = '2024-01-05,a,5\n';

test('the table is the one of the name, the one that source names, or the one that was said', async () => {
  const files = { 'bank.csv': ROW, './other.csv': '2024-01-06,b,6\n', 'said.csv': '2024-01-07,c,7\n' };
  assert.deepEqual((await read(FIELDS, files)).rows, ['20240105 a bank 5 EUR x -5 EUR']);
  assert.deepEqual((await read(`source ./other.csv\n${FIELDS}`, files)).rows, ['20240106 b bank 6 EUR x -6 EUR']);
  assert.deepEqual((await read(`source ./oth*\n${FIELDS}`, files)).rows, ['20240106 b bank 6 EUR x -6 EUR']);
  const said = await read(`source ./other.csv\n${FIELDS}`, files, { table: 'said.csv' });
  assert.deepEqual(said.rows, ['20240107 c bank 7 EUR x -7 EUR']);
});

test('a source that would run something, or look elsewhere, is refused by name', async () => {
  const told = async (source: string): Promise<string[]> =>
    (await read(`${FIELDS}source ${source}\n`, { './a1.csv': ROW, './a2.csv': ROW })).problems;
  const command = 'error bank.csv.rules:5 commands are not run: save what it prints, and name that file, with --rules';
  assert.deepEqual(await told('| curl bank'), [command]);
  assert.deepEqual(await told('./a1.csv | sed x'), [command]);
  assert.deepEqual(await told('./a1.csv # | sed x'), []);
  assert.match((await told('a1.csv'))[0]!, /hledger looks for this in your downloads/);
  assert.match((await told('~/a1.csv'))[0]!, /hledger looks for this in your downloads/);
  assert.match((await told('./a*'))[0]!, /2 files fit "\.\/a\*", and hledger reads the newest/);
  assert.match((await told('./nothing.csv'))[0]!, /no file is named/);
});

test('rules include rules, at the place where they are included, and not themselves', async () => {
  const files = { 'bank.csv': ROW, 'common.rules': 'account2 y\ninclude common.rules\n' };
  const { rows, problems } = await read(`${FIELDS}include common.rules\n`, files);
  assert.deepEqual([rows, problems], [[], ['error common.rules:2 common.rules includes itself']]);
  const fine = await read(`${FIELDS}include more.rules\n`, { 'bank.csv': ROW, 'more.rules': 'account2 y\n' });
  assert.deepEqual(fine.rows, ['20240105 a bank 5 EUR y -5 EUR']);
});

test('a column has one decimal mark', async () => {
  const told = async (...amounts: string[]): Promise<string> => {
    const table = amounts.map((amount) => `2024-01-05,a,"${amount}"\n`).join('');
    const { rows, problems } = await read(FIELDS, { 'bank.csv': table });
    return problems[0] ?? rows.map((row) => row.split(' ')[3]).join(' ');
  };
  assert.match(
    await told('1,234.50', '1,200'),
    /csv:2 expected one decimal mark in amount: beside '1,234.50' \(line 1\)/,
  );
  assert.match(await told('12,50', '1.50'), /expected one decimal mark/);
  assert.match(await told('1,200'), /warning bank.csv:1 hledger reads '1,200' as 1.200; say 'decimal-mark \.'/);
  assert.equal(await told('12,50', '1,509'), '12.50 1.509');
  assert.equal(await told('1.234,50', '2,5'), '1234.50 2.5');
});

test('a column that shows no decimal mark has that of the others, or is refused', async () => {
  const table = '2024-01-05,a,"12,50",\n2024-01-06,a,,"1.509"\n';
  const { problems } = await read('fields date,description,amount-in,amount-out\n', { 'bank.csv': table });
  assert.match(problems[0]!, /csv:2 expected one decimal mark in amount-out: beside '12,50' \(line 1\)/);
});

test('dates with a zone are those of the reader', async () => {
  const table = { 'bank.csv': '2024-01-05T23:30:00-0500,a,5\n' };
  const rules = `${FIELDS}date-format %Y-%m-%dT%H:%M:%S%z\n`;
  const inHelsinki = (milliseconds: number): number =>
    Number(new Date(milliseconds + 2 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', ''));
  assert.match((await read(rules, table, { localDay: inHelsinki })).rows[0]!, /^20240106 /);
  assert.match((await read(rules, table)).problems[0]!, /need to know where the reader lives/);
  const named = { 'bank.csv': '2024-01-05 21:30,a,5\n' };
  const zoned = `${FIELDS}date-format %Y-%m-%d %H:%M\ntimezone `;
  assert.match((await read(`${zoned}EST\n`, named, { localDay: inHelsinki })).rows[0]!, /^20240106 /);
  assert.match((await read(`${zoned}+0300\n`, named, { localDay: inHelsinki })).rows[0]!, /^20240105 /);
  assert.match((await read(`${zoned}here\n`, named, { localDay: inHelsinki })).problems[0]!, /expected a time zone/);
  assert.match((await read(`${FIELDS}date-format %G-%V\n`, table)).problems[0]!, /'%G' is not followed/);
});

test('patterns are those of POSIX', () => {
  const finds = (pattern: string, text: string): boolean | undefined => posixPattern(pattern)?.finds(text);
  assert.equal(finds('o\\b', 'foo bar'), true);
  assert.equal(finds('\\<bar\\>', 'foo bar'), true);
  assert.equal(finds('\\d', 'd'), true);
  assert.equal(finds('\\d', '1'), false);
  assert.equal(finds('[\\d]', '\\'), true);
  assert.equal(finds('[]a]r', 'a]r'), true);
  assert.equal(finds('[^a]b', 'a\nb'), false);
  assert.equal(finds('^two', 'one\ntwo'), true);
  assert.equal(finds('a{2}', 'aa'), true);
  assert.equal(finds('a{', 'a{'), true);
  assert.equal(finds('5$', 'x 5'), true);
  for (const none of ['a**', 'a*?', '*a', '(?:a)', 'a|', '|a', '(|a)', '[a', '(a', '(a)\\1', '+', 'a{1,2}?']) {
    assert.equal(posixPattern(none), undefined, none);
  }
  assert.deepEqual(posixPattern('a(b*)(c)?')!.groups('xabb'), ['bb', '']);
});

test('hostile rules end soon, in errors', async () => {
  const deep = `${FIELDS}if ${'('.repeat(400)}a${')'.repeat(400)}\n account2 y\n`;
  const stars = `${FIELDS}if ${'(a*)*'.repeat(100)}b\n account2 y\n`;
  const started = process.cpuUsage();
  for (const rules of [
    deep,
    stars,
    `${FIELDS}skip 99999999999999999999\n`,
    `${FIELDS}date-format ${'%Q'.repeat(5000)}\n`,
  ])
    await read(rules, { 'bank.csv': `${'1'.repeat(190)},a,5\n2024-01-05,${'a'.repeat(2000)},5\n`.repeat(5) });
  assert.ok(process.cpuUsage(started).user < 5e6);
});
