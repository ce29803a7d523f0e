/** Names that must be found, names that must not, lists of every format, and how long a look-up may take. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { embedded, inFolder, town } from '../../test/ledgers.ts';
import { namesByChance } from '../../test/names.ts';
import { MemoryRecords, Payments, readList, Screening } from '../index.ts';
import { NameIndex } from './index-of-names.ts';
import { scoreOf } from './likeness.ts';
import { nameOf, soundOf } from './names.ts';
import { jaroWinkler } from './similarity.ts';

const score = (given: string, listed: string): number => scoreOf(nameOf(given), nameOf(listed));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('how alike words are is what Jaro and Winkler have published', () => {
  for (const [a, b, expected] of [
    ['martha', 'marhta', 0.961],
    ['dixon', 'dicksonx', 0.813],
    ['jellyfish', 'smellyfish', 0.896],
    ['dwayne', 'duane', 0.84],
    ['abc', 'xyz', 0],
    ['', 'a', 0],
  ] as const) {
    assert.ok(Math.abs(jaroWinkler(a, b) - expected) < 0.001, `${a} ${b} ${jaroWinkler(a, b)}`);
    assert.equal(jaroWinkler(a, b), jaroWinkler(b, a));
  }
});

/** Invented people: one name as a list has it, and how it may come. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['Ruslan Mirzoyev', 'MIRZOYEV, Ruslan'],
  ['Ruslan Mirzoev', 'MIRZOYEV, Ruslan'],
  ['Руслан Мирзоев', 'MIRZOYEV, Ruslan'],
  ['Mohamed al-Hakawati', 'MUHAMMAD AL HAKAWATI'],
  ['José Ñandú Quintero', 'QUINTERO NANDU, Jose'],
  ['Yu Seong Pak', 'PAK, Yuseong'],
  ['Oceanbridge Shipping', 'OCEAN BRIDGE SHIPPING LTD'],
  ['Νίκος Παπαβέλος', 'PAPAVELOS, Nikos'],
];
const UNLIKE: readonly (readonly [string, string])[] = [
  ['Corp', 'NORDLICHT CORP'],
  ['The Trading Company Ltd', 'NORDLICHT TRADING COMPANY LTD'],
  ['George Busch', 'BUSHATI, Gjorgj'],
  ['Anna Schmidt', 'SCHMITZ, Hanna Lore'],
  ['alice', 'ALIEV, Cemal'],
];

test('a name is known again in other letters, orders and spellings', () => {
  for (const [given, listed] of ALIKE) assert.ok(score(given, listed) >= 85, `${given} ${score(given, listed)}`);
  const found = new NameIndex([...ALIKE, ...UNLIKE].map(([, name], entry) => ({ name, entry })));
  for (const [given, listed] of ALIKE) assert.equal(found.find(given, 85)[0]?.listed.name, listed, given);
});

test('words that everybody has, and names that only begin alike, are no hit', () => {
  for (const [given, listed] of UNLIKE) assert.ok(score(given, listed) < 85, `${given} ${score(given, listed)}`);
});

test('how a word sounds does not depend on its vowels', () => {
  assert.equal(soundOf('mohammed'), soundOf('muhamad'));
  assert.notEqual(soundOf('mohammed'), soundOf('ahmed'.repeat(2)));
  assert.equal(soundOf('aoi'), 'aoi');
});

test('the index finds what a look at every name finds', () => {
  const names = namesByChance(800, 1);
  const index = new NameIndex(names.map((name, entry) => ({ name, entry })));
  let hits = 0;
  let missed = 0;
  for (const given of namesByChance(30, 2).concat(names.slice(0, 50).map(misspelt))) {
    const all = new Set(names.flatMap((name, entry) => (score(given, name) >= 85 ? [entry] : [])));
    const found = new Set(index.find(given, 85).map(({ listed }) => listed.entry));
    for (const entry of found) assert.ok(all.has(entry));
    hits += all.size;
    for (const entry of all) if (!found.has(entry)) missed++;
  }
  assert.ok(hits >= 50);
  // Names without one word that begins, ends or sounds alike: both words are misspelt inside.
  assert.ok(missed <= hits / 50, `${missed} of ${hits} were missed`);
});

function misspelt(name: string, index: number): string {
  const at = 1 + (index % (name.length - 3));
  return name[at] === ' ' ? name : name.slice(0, at) + name.slice(at + 1);
}

const FILES = {
  'ofac-csv': '36,"MIRZOYEV, Ruslan","individual","SDGT",-0- \r\n173,"NORDLICHT CORP",-0- ,"CUBA",-0- \r\n\x1a',
  'ofac-alt-csv': '36,12,"aka","MIRZOEFF, R.",-0- \r\n',
  'ofac-xml': `<?xml version="1.0"?><sdnList xmlns="urn:x"><sdnEntry><uid>36</uid><firstName>Ruslan</firstName>
    <lastName>MIRZOYEV</lastName><akaList><aka><uid>12</uid><lastName>THE &amp; CLOCKMAKER</lastName></aka></akaList>
    </sdnEntry></sdnList>`,
  'un-xml': `<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>6908555</DATAID><FIRST_NAME>RUSLAN</FIRST_NAME>
    <SECOND_NAME>MIRZOYEV</SECOND_NAME><INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Clockmaker</ALIAS_NAME>
    </INDIVIDUAL_ALIAS></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>`,
  'eu-csv':
    '\ufefffileGenerationDate;Entity_LogicalId;NameAlias_WholeName\n1;13;Ruslan Mirzoyev\n1;13;Clockmaker\n1;14;\n',
  ftm:
    '{"id":"a","schema":"Person","properties":{"name":["Ruslan Mirzoyev"],"alias":["Clockmaker"]}}\n' +
    '{"id":"b","schema":"Address","properties":{"full":["Street 1"]}}\n',
} as const;

test('lists of every format are read, with their aliases', async () => {
  for (const [format, text] of Object.entries(FILES)) {
    const list = await readList('list', format as keyof typeof FILES, bytes(text));
    assert.match(list.version, /^[0-9a-f]{64}$/);
    const names = list.entries.flatMap((entry) => entry.names);
    assert.ok(
      names.some((name) => /mirzo/i.test(name)),
      `${format}: ${names}`,
    );
    if (format !== 'ofac-csv' && format !== 'ofac-alt-csv') assert.ok(names.some((name) => /clockmaker/i.test(name)));
  }
  const [entry] = (await readList('list', 'ofac-xml', bytes(FILES['ofac-xml']))).entries;
  assert.deepEqual(entry, { id: '36', names: ['Ruslan MIRZOYEV', 'THE & CLOCKMAKER'] });
});

test('a list that is cut, empty or another one is refused whole', async () => {
  for (const [format, text] of [
    ['ofac-xml', FILES['ofac-xml'].slice(0, -9)],
    ['ofac-xml', '<sdnList/>'],
    [
      'ofac-xml',
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sdnList><sdnEntry><uid>&e;</uid></sdnEntry></sdnList>',
    ],
    ['un-xml', FILES['ofac-xml']],
    ['ofac-csv', '<html>not found</html>'],
    ['ofac-csv', ''],
    ['eu-csv', 'a;b\n1;2\n'],
    ['ftm', '{"id":"a"'],
  ] as const) {
    await assert.rejects(readList('list', format, bytes(text)), { code: 'dataset_invalid' }, `${format} ${text}`);
  }
});

test('a hit waits for people and says why; a list that cannot be read clears nobody', async () => {
  const { path, remove } = inFolder();
  const file = join(path, 'sdn.csv');
  writeFileSync(file, FILES['ofac-csv']);
  const screening = new Screening({ lists: [{ path: file, format: 'ofac-csv' }] });
  const ledger = await embedded.open();
  await town(ledger);
  const payments = new Payments(ledger, { records: new MemoryRecords(), screening });
  const ask = { from: 'alice', to: 'shop', asset: 'EUR', amount: '1.00' };
  const why = async (key: string, parties: readonly string[]): Promise<string> => {
    const { outcome, payment } = (await payments.pay(key, { ...ask, parties })) as { outcome: string; payment: string };
    if (outcome !== 'review') return outcome;
    const { reasons } = (await payments.payment(payment)) as { readonly reasons: readonly string[] };
    return reasons.join();
  };
  assert.match(await why('early', ['Ann Smith']), /not loaded yet/);
  await screening.load();
  assert.equal(await why('fine', ['Ann Smith']), 'done');
  assert.match(
    await why('hit', ['Ann Smith', 'Ruslan Mirzoev']),
    /is like MIRZOYEV, Ruslan, entry 36 of sdn.csv \([0-9a-f]{12}\)/,
  );
  assert.match(await why('emoji', ['🙂']), /no name that can be screened/);
  assert.match(await why('long', ['x'.repeat(513)]), /no name that can be screened/);
  assert.equal(
    ((await payments.pay('dry', { ...ask, parties: ['Ruslan Mirzoev'], dry_run: true })) as { would: string }).would,
    'review',
  );
  const [before] = screening.lists;
  writeFileSync(file, '40,"SMITH, Ann","individual"\r\n');
  await screening.load();
  assert.match(await why('listed', ['Ann Smith']), /SMITH, Ann/);
  assert.notEqual(screening.lists[0]!.version, before!.version);
  writeFileSync(file, 'half a li');
  await assert.rejects(screening.load(), { code: 'dataset_invalid' });
  assert.match(await why('after', ['Bert Bloom']), /cannot be read/);
  await assert.rejects(payments.pay('many', { ...ask, parties: Array(17).fill('Ann') }), { code: 'invalid_argument' });
  await ledger.close();
  remove();
});
