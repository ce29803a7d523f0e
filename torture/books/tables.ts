/** Random tables of banks with random rules for them: rules first, then a line `=== table`, then the table. */
import type { Random } from '../../testing/model/random.ts';

export const TABLE_MARK = '=== table\n';

const WORDS = ['coffee', 'BAKERY no 5', 'Rent, flat', 'say ""hi""', 'fee (bank)', 'café', '', 'transfer | note', '5$'];
const DATES: readonly (readonly [string, (day: string) => string])[] = [
  ['', (day) => `2024-01-${day}`],
  ['', (day) => `2024/1/${Number(day)}`],
  ['%d.%m.%Y', (day) => `${day}.01.2024`],
  ['%-m/%-d/%y', (day) => `1/${Number(day)}/24`],
  ['%b %d, %Y', (day) => `Jan ${day}, 2024`],
  ['%Y%m%d', (day) => `202401${day}`],
  ['%d/%m/%Y %H:%M', (day) => `${day}/01/2024 10:${day}`],
];
const PATTERNS = [
  'coffee',
  'bakery|rent',
  '^2024',
  '%description ^c',
  '%text caf.',
  '! fee',
  '%3 -',
  '%amount ^[0-9]+',
  '.',
].concat([
  'co(f+)ee',
  '%description (b[a-z]*) no ([0-9])',
  'coffee && -',
  'rent && ! 5',
  '%nothing x',
  'fee \\(',
  '[[:digit:]]{2}',
  '5$',
]);
const FIELDS = [
  'account2 expenses:food',
  'account1 assets:other',
  'comment found',
  'description %description again',
  'account2 a:\\1:\\2',
].concat([
  'currency $',
  'account2',
  'skip',
  'end',
  'amount %amount',
  'amount 7',
  'amount2 -3',
  'code %1',
  'status *',
  'account2 (virtual)',
  'skip 2',
]);

export function randomTable(random: Random): string {
  const one = (times: number): boolean => random.below(times) === 0;
  const of = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const separator = of([',', ',', ';', '\t']);
  const [format, dated] = of(DATES);
  const comma = separator !== ',' && one(2);
  const shape = of(['amount', 'amount', 'inout', 'numbered', 'balance']);
  const amount = (): string => {
    const cents = String(random.below(1000) * (one(3) ? 1 : 100) + (one(9) ? 0 : 1)).padStart(3, '0');
    const number = `${cents.slice(0, -2)}${comma ? ',' : '.'}${cents.slice(-2)}`;
    return of([number, number, `-${number}`, `-${number}`, `(${number})`, `+${number}`, `$${number}`, `${number} EUR`]);
  };
  const line = (condition: number): string => (one(condition) ? `${of(FIELDS)}\n` : '');

  let rules = one(3) ? '# a bank\n\n' : '';
  rules += separator === ',' ? '' : `separator ${separator === '\t' ? of(['TAB', 'tab']) : separator}\n`;
  rules += format === '' ? '' : `date-format ${format}\n`;
  rules += comma ? 'decimal-mark ,\n' : one(3) ? 'decimal-mark .\n' : '';
  const skip = random.below(3);
  if (skip > 0) rules += skip === 1 && one(2) ? 'skip\n' : `skip ${skip}\n`;
  const columns = {
    amount: 'date, description, amount, text',
    inout: 'date,description,amount-in,amount-out',
    numbered: 'date,description,amount1,text',
    balance: 'date,description,amount,balance',
  }[shape];
  rules +=
    'fields ' +
    `${columns}\n${one(2) ? 'account1 assets:bank\n' : ''}${one(3) ? `currency ${of(['EUR ', '$', 'USD '])}\n` : ''}`;
  rules += one(8) ? 'newest-first\n' : '';
  rules += one(8) ? 'intra-day-reversed\n' : '';
  rules += one(12)
    ? of([
        'account1 (bank)\n',
        'account3 c\namount3 0\n',
        'balance-type ==\n',
        'account1\n',
        'comment1 date:2024-02-03\n',
      ])
    : '';
  for (let count = random.below(4); count > 0; count--) {
    if (one(5)) {
      rules += `if${of([',', '|'])}account2${''}\n`.replace(/^(if(.)account2)/, '$1$2comment');
      const mark = rules.at(-'account2,comment\n'.length - 1)!;
      for (let rows = 1 + random.below(3); rows > 0; rows--)
        rules += `${of(PATTERNS)}${mark}${of(['a:b', 'c \\1', ''])}${mark}x\n`;
      rules += '\n';
    } else {
      const patterns = Array.from(
        { length: 1 + random.below(3) },
        (_, index) => (index > 0 && one(3) ? '& ' : '') + of(PATTERNS),
      );
      rules +=
        `if${one(2) ? '\n' : ' '}${patterns.join('\n')}\n  ` +
        `${of(FIELDS)}\n${line(3) && `  ${of(FIELDS)}\n`}${one(3) ? '\n' : ''}`;
    }
  }
  rules += line(8);

  let table = skip > 0 ? `head${separator}er\n`.repeat(skip) : '';
  let day = 1 + random.below(20);
  for (let rows = random.below(5); rows >= 0; rows--) {
    day = Math.min(28, Math.max(1, day + random.below(4) - (one(3) ? 3 : 0)));
    const word = of(WORDS);
    const plain = word.includes(separator) || word.includes('"') || one(4) ? `"${word}"` : word;
    const last =
      shape === 'inout'
        ? one(2)
          ? ''
          : amount()
        : shape === 'balance'
          ? one(2)
            ? amount()
            : ''
          : of(['text', 'café x']);
    const first = shape === 'inout' && last !== '' && !one(8) ? of(['', '0']) : one(15) ? '' : amount();
    const cells = [dated(String(day).padStart(2, '0')), plain, first, last].map((cell) =>
      cell.includes(separator) && !cell.startsWith('"') ? `"${cell}"` : cell,
    );
    table += `${cells.join(separator)}\n`;
    if (one(10)) table += '\n';
  }
  return rules + TABLE_MARK + table;
}
