import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf } from './operations.ts';
import { ParseError } from './parse-error.ts';
import { parse, type Statement } from './parser.ts';

const U128 = 2n ** 128n - 1n;
const U64 = 2n ** 64n - 1n;
const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
const UUID_VALUE = 0x01890a5dac96774bbcceb302099a8057n;

/** Every number decimal, flags by name, objects as they came. */
function canonical(statement: Statement): string {
  if (statement.kind === 'help') return statement.topic === undefined ? 'help' : `help ${statement.topic}`;
  if (statement.kind === 'explain') return `explain ${statement.word}`;
  if (statement.kind === 'exit') return 'exit';
  if (statement.kind === 'now') return 'now';
  const { rule, objects } = statement;
  const printed = objects.map((object) =>
    [...object]
      .map(([key, value]) => {
        const { flags } = fieldsOf(rule).get(key)!;
        if (flags === undefined) return `${key}=${value}`;
        const names = [...flags].filter(([bit]) => (value & BigInt(bit)) !== 0n).map(([, name]) => name);
        return `${key}=${names.join('|') || 'none'}`;
      })
      .join(' '),
  );
  return `${rule.name}${printed.map((object, index) => `${index === 0 ? ' ' : ', '}${object}`).join('')};`;
}

function counting(): () => bigint {
  let last = 1000n;
  return () => ++last;
}

const understood: readonly (readonly [about: string, text: string, ...statements: string[]])[] = [
  ['nothing', ''],
  ['spaces and an end', ' \t ;'],
  ['many ends', ';; ;\n;'],
  ['a comment', '# create_accounts id=1'],
  ['help', 'help', 'help'],
  ['help about an operation', 'help create_transfers;', 'help create_transfers'],
  ['the way out', 'exit', 'exit'],
  ['another way out', 'quit;', 'exit'],
  ['back to the present', 'now; lookup_accounts id=1', 'now', 'lookup_accounts id=1;'],
  ['a snapshot to read', 'read', 'read;'],
  ['a balance', 'balance_at id=1 side=credit', 'balance_at id=1 side=credit;'],
  [
    'a search',
    'search_transfers account_id=1 flags=open|reversed amount_min=5 transfer_flags=pending',
    'search_transfers account_id=1 flags=reversed|open amount_min=5 transfer_flags=pending;',
  ],
  ['an explanation', 'explain exceeds_credits', 'explain exceeds_credits'],
  ['an operation without objects', 'create_accounts', 'create_accounts;'],
  ['an operation without objects, ended', 'query_accounts;', 'query_accounts;'],
  ['one pair', 'lookup_accounts id=1', 'lookup_accounts id=1;'],
  ['several objects', 'lookup_transfers id=1, id=2,id=3', 'lookup_transfers id=1, id=2, id=3;'],
  ['pairs in any order', 'create_accounts code=2 id=1 ledger=3', 'create_accounts code=2 id=1 ledger=3;'],
  [
    'space around signs',
    'create_accounts id = 1 flags = linked | history',
    'create_accounts id=1 flags=linked|history;',
  ],
  ['lines around signs', 'create_accounts\n id\n=\n1\n ,\n id=2', 'create_accounts id=1, id=2;'],
  ['lines before =', 'create_accounts id=1\nflags\n=\nlinked', 'create_accounts id=1 flags=linked;'],
  [
    'flags in the order of their bits',
    'create_transfers amount=1 flags=pending|linked',
    'create_transfers amount=1 flags=linked|pending;',
  ],
  [
    'flags of a filter',
    'get_account_transfers account_id=1 flags=debits|reversed',
    'get_account_transfers account_id=1 flags=debits|reversed;',
  ],
  ['no flags, said aloud', 'query_accounts flags=none', 'query_accounts flags=none;'],
  [
    'a chain',
    'create_transfers id=1 amount=2 flags=linked, id=2 amount=0',
    'create_transfers id=1 amount=2 flags=linked, id=2 amount=0;',
  ],
  [
    'a void, which needs no amount',
    'create_transfers id=1 pending_id=2 flags=void_pending_transfer|linked',
    'create_transfers id=1 pending_id=2 flags=linked|void_pending_transfer;',
  ],
  ['hexadecimal', 'lookup_accounts id=0xFf', 'lookup_accounts id=255;'],
  ['capital prefixes', 'lookup_accounts id=0XA, id=0O17, id=0B11', 'lookup_accounts id=10, id=15, id=3;'],
  ['octal', 'lookup_accounts id=0o17', 'lookup_accounts id=15;'],
  ['binary', 'lookup_accounts id=0b1_0000', 'lookup_accounts id=16;'],
  ['grouped digits', 'create_transfers amount=1_000_000', 'create_transfers amount=1000000;'],
  ['zeros in front', 'create_transfers amount=007', 'create_transfers amount=7;'],
  ['the largest amount', 'create_transfers amount=-0', `create_transfers amount=${U128};`],
  ['the largest amount, by name', 'create_transfers amount=AMOUNT_MAX', `create_transfers amount=${U128};`],
  ['the largest id less one', 'lookup_accounts id=-1', `lookup_accounts id=${U128 - 1n};`],
  ['the largest less a hexadecimal number', 'lookup_accounts id=-0x10', `lookup_accounts id=${U128 - 16n};`],
  [
    'the largest of every type',
    'create_accounts user_data_64=-0 user_data_32=-0 code=-1',
    `create_accounts user_data_64=${U64} user_data_32=4294967295 code=65534;`,
  ],
  [
    'the largest as a number',
    `create_accounts code=65535 user_data_64=${U64}`,
    `create_accounts code=65535 user_data_64=${U64};`,
  ],
  ['zero by subtraction', 'create_accounts code=-65535', 'create_accounts code=0;'],
  ['a UUID', `lookup_accounts id=${UUID}`, `lookup_accounts id=${UUID_VALUE};`],
  ['a UUID with underscores', `lookup_accounts id=${UUID.replaceAll('-', '_')}`, `lookup_accounts id=${UUID_VALUE};`],
  ['a UUID behind 0x', `lookup_accounts id=0x${UUID.replaceAll('-', '_')}`, `lookup_accounts id=${UUID_VALUE};`],
  ['a UUID of digits with dashes', 'lookup_accounts id=00000000-0000-0000-0000-000000000010', 'lookup_accounts id=16;'],
  ['new ids', 'create_accounts id=id(), id=id()', 'create_accounts id=1001, id=1002;'],
  [
    'a moment',
    'get_change_events timestamp_min=2025-01-01T00:00:00.5Z',
    'get_change_events timestamp_min=1735689600500000000;',
  ],
  ['a day', 'query_accounts timestamp_max=2025-01-02', 'query_accounts timestamp_max=1735776000000000000;'],
  [
    'fields that the ledger sets',
    'create_accounts debits_posted=1 timestamp=5',
    'create_accounts debits_posted=1 timestamp=5;',
  ],
  [
    'several statements a line',
    'lookup_accounts id=1; help; query_transfers limit=3;',
    'lookup_accounts id=1;',
    'help',
    'query_transfers limit=3;',
  ],
  [
    'a statement a line',
    'lookup_accounts id=1\nquery_transfers\nhelp\nexplain linked',
    'lookup_accounts id=1;',
    'query_transfers;',
    'help',
    'explain linked',
  ],
  [
    'a comment behind a statement',
    'lookup_accounts id=1, # the shop; id=9\n id=2 # more',
    'lookup_accounts id=1, id=2;',
  ],
  ['Windows lines', 'lookup_accounts id=1\r\nhelp\r\n', 'lookup_accounts id=1;', 'help'],
];

for (const [about, text, ...statements] of understood) {
  test(`understood: ${about}`, () => {
    assert.deepEqual(parse(text, counting()).map(canonical), statements);
  });
}

const ANY = 'Operation must be help, create_accounts, create_transfers, lookup_accounts, lookup_transfers, ';

/** The place: line from 1, column from 0. The message begins so. */
const refused: readonly (readonly [about: string, text: string, line: number, column: number, message: string])[] = [
  ['an operation that is none', 'create', 1, 0, ANY],
  [
    'says what it got',
    'creat_accounts id=1',
    1,
    0,
    `${ANY}get_account_transfers, get_account_balances, query_accounts, query_transfers, get_change_events, ` +
      'lookup_pendings, search_transfers, sum_transfers, lookup_accounts_at, get_snapshot, balance_at, or ' +
      'read.\nGot: "creat_accounts". Did you mean "create_accounts"?',
  ],
  ['capitals', 'Help', 1, 0, ANY],
  ['a sign for an operation', '= 1', 1, 0, ANY],
  ['an internal name', 'none', 1, 0, ANY],
  ['the second statement of a line', 'help; halp', 1, 6, ANY],
  ['the third line', 'help\n\n  foo', 3, 2, ANY],
  [
    'a post without an amount',
    'create_transfers id=1 amount=5, id=2 pending_id=1 flags=post_pending_transfer',
    1,
    32,
    'Missing amount: only a void may leave it out. To post all of it, say AMOUNT_MAX.',
  ],
  ['no key', 'create_accounts =1', 1, 16, 'Expected key starting key-value pair. e.g. `id=1`'],
  ['nothing behind a comma', 'create_accounts id=1,', 1, 21, 'Expected key starting key-value pair.'],
  ['two commas', 'lookup_accounts id=1,,id=2', 1, 21, 'Expected key starting key-value pair.'],
  ['a comma at the beginning', 'lookup_accounts , id=1', 1, 16, 'Expected key starting key-value pair.'],
  ['an unknown key', 'create_accounts id=1 balance=2', 1, 21, 'Unknown key: "balance".'],
  ['a misspelt key', 'create_accounts leger=2', 1, 16, 'Unknown key: "leger". Did you mean "ledger"?'],
  ['a key of another operation', 'lookup_accounts account_id=1', 1, 16, 'Unknown key: "account_id".'],
  [
    'a key twice',
    'create_accounts id=1 code=1 id=2',
    1,
    28,
    'Duplicate field id for single object. Separate objects with ",".',
  ],
  [
    'no equal sign',
    'create_accounts id 1',
    1,
    19,
    'Expected equal sign after key "id" in key-value pair. e.g. `id=1`.',
  ],
  [
    'a key at the end',
    'create_accounts id=1 code',
    1,
    25,
    'Expected equal sign after key "code" in key-value pair. e.g. `id=1`.',
  ],
  ['no value', 'create_accounts id=', 1, 19, 'Expected value after equal sign in key-value pair. e.g. `id=1`.'],
  ['a comma for a value', 'create_accounts id=, id=2', 1, 19, 'Expected value after equal sign in key-value pair.'],
  ['no flag behind |', 'create_accounts flags=linked|', 1, 29, 'Expected value after equal sign in key-value pair.'],
  ['letters for a number', 'create_accounts id=abc', 1, 19, 'Invalid value "abc"; expected u128 for key "id".'],
  [
    'a digit too large for its base',
    'create_accounts id=0b12',
    1,
    19,
    'Invalid value "0b12"; expected u128 for key "id".',
  ],
  ['an underscore in front', 'create_accounts id=_1', 1, 19, 'Invalid value "_1"; expected u128 for key "id".'],
  ['an underscore behind', 'create_accounts id=1_', 1, 19, 'Invalid value "1_"; expected u128 for key "id".'],
  ['two underscores', 'create_accounts id=1__0', 1, 19, 'Invalid value "1__0"; expected u128 for key "id".'],
  [
    'an underscore behind the prefix',
    'create_accounts id=0x_1',
    1,
    19,
    'Invalid value "0x_1"; expected u128 for key "id".',
  ],
  ['a bare prefix', 'create_accounts id=0x', 1, 19, 'Invalid value "0x"; expected u128 for key "id".'],
  ['a bare minus', 'create_accounts id=-', 1, 19, 'Invalid value "-"; expected u128 for key "id".'],
  [
    'too large for u16',
    'create_accounts code=65536',
    1,
    21,
    'Invalid value "65536"; expected u16 for key "code". The largest is 65535.',
  ],
  [
    'too large for u32',
    'create_accounts ledger=0x1_0000_0000',
    1,
    23,
    'Invalid value "0x1_0000_0000"; expected u32 for key "ledger".',
  ],
  [
    'too large for u64',
    `create_accounts user_data_64=${U64 + 1n}`,
    1,
    29,
    `Invalid value "${U64 + 1n}"; expected u64 for key "user_data_64".`,
  ],
  [
    'too large for u128',
    `lookup_accounts id=${U128 + 1n}`,
    1,
    19,
    `Invalid value "${U128 + 1n}"; expected u128 for key "id".`,
  ],
  [
    'more than the largest to subtract',
    'create_accounts code=-65536',
    1,
    21,
    'Invalid value "-65536"; expected u16 for key "code".',
  ],
  [
    'a decimal amount',
    'create_transfers amount=1.50',
    1,
    24,
    'Invalid value "1.50"; expected u128 for key "amount". Amounts are whole numbers of the smallest unit.',
  ],
  [
    'AMOUNT_MAX where it does not fit',
    'create_accounts user_data_64=AMOUNT_MAX',
    1,
    29,
    'Invalid value "AMOUNT_MAX"; expected u64 for key "user_data_64".',
  ],
  [
    'a new id where it does not fit',
    'create_accounts code=id()',
    1,
    21,
    'Invalid value "id()"; expected u16 for key "code".',
  ],
  [
    'a number that may be a UUID',
    'lookup_accounts id=00000000_0000_0000_0000_000000000010',
    1,
    19,
    'Invalid value "00000000_0000_0000_0000_000000000010"; expected u128 for key "id". It may be a UUID or a ' +
      'decimal number.',
  ],
  [
    'a UUID cut short',
    `lookup_accounts id=${UUID.slice(0, -1)}`,
    1,
    19,
    `Invalid value "${UUID.slice(0, -1)}"; expected u128 for key "id".`,
  ],
  [
    'a day that is none',
    'query_accounts timestamp_min=2025-02-30',
    1,
    29,
    'Invalid value "2025-02-30"; expected u64 for key "timestamp_min".',
  ],
  [
    'a moment where none belongs',
    'create_accounts user_data_64=2025-01-01',
    1,
    29,
    'Invalid value "2025-01-01"; expected u64 for key "user_data_64".',
  ],
  ['an unknown flag', 'create_accounts flags=pending', 1, 22, 'Invalid flag: "pending".'],
  [
    'a misspelt flag',
    'create_accounts flags=linked|histroy',
    1,
    29,
    'Invalid flag: "histroy". Did you mean "history"?',
  ],
  ['a number for flags', 'create_accounts flags=1', 1, 22, 'Invalid flag: "1".'],
  ['padding', 'create_accounts flags=padding', 1, 22, 'Invalid flag: "padding".'],
  ['none among flags', 'create_accounts flags=none|linked', 1, 22, 'Invalid flag: "none".'],
  ['flags among none', 'create_accounts flags=linked|none', 1, 29, 'Invalid flag: "none".'],
  ['a flag twice', 'create_accounts flags=linked|history|linked', 1, 37, 'Duplicate flag set: "linked".'],
  ['numbers joined', 'create_accounts id=1|2', 1, 20, 'Only flags are joined by "|"; "id" is a number.'],
  ['reserved', 'create_accounts id=1 reserved=0', 1, 21, "Unexpected key 'reserved'."],
  [
    'two filters',
    'query_accounts code=1, code=2',
    1,
    23,
    'query_accounts expects a single object, but received multiple.',
  ],
  ['words behind help', 'help create_accounts id=1', 1, 21, 'unexpected statement'],
  ['something behind the way out', 'exit now', 1, 5, 'unexpected statement'],
  ['an explanation of nothing', 'explain', 1, 7, 'Expected the name of a status'],
  [
    'a letter that is no part of the language',
    'create_accounts id=1 "code"=2',
    1,
    21,
    'Expected key starting key-value pair.',
  ],
  [
    'a value with a strange letter',
    'create_accounts id=é',
    1,
    19,
    'Expected value after equal sign in key-value pair.',
  ],
  [
    'the second line of an object',
    'create_accounts id=1\n  code=x',
    2,
    7,
    'Invalid value "x"; expected u16 for key "code".',
  ],
];

for (const [about, text, line, column, message] of refused) {
  test(`refused, at its place: ${about}`, () => {
    assert.throws(
      () => parse(text, counting()),
      (error) => {
        assert.ok(error instanceof ParseError);
        const shown = error.show(text);
        assert.ok(shown.startsWith(`Fail near line ${line}, column ${column}:\n`), shown);
        assert.ok(error.message.startsWith(message), error.message);
        assert.ok(shown.endsWith(`\n\n${error.message}`));
        return true;
      },
    );
  });
}

test('the mark stands below the place, tabs or not', () => {
  const text = 'help;\n\tlookup_accounts\tid=x';
  assert.throws(
    () => parse(text, counting()),
    (error: ParseError) => {
      assert.deepEqual(error.show(text).split('\n'), [
        'Fail near line 2, column 20:',
        '',
        '\tlookup_accounts\tid=x',
        '\t               \t   ^ Near here.',
        '',
        'Invalid value "x"; expected u128 for key "id".',
      ]);
      return true;
    },
  );
});

test('8,189 objects go into a request, and the one more is named', () => {
  const most = Array.from({ length: 8189 }, (_, index) => `id=${index + 1}`).join(', ');
  assert.equal(parse(`lookup_accounts ${most}`, counting()).length, 1);
  const text = `lookup_accounts ${most}, id=8190`;
  assert.throws(
    () => parse(text, counting()),
    (error: ParseError) =>
      error.message === 'lookup_accounts takes at most 8189 objects.' && text.slice(error.offset) === 'id=8190',
  );
});

test('whatever is typed is understood or refused with a place inside the text', () => {
  const pieces = [
    'create_accounts',
    'lookup_transfers',
    'query_accounts',
    'id',
    'flags',
    'code',
    '=',
    '|',
    ',',
    ';',
    ' ',
    '\n',
    '1',
    '-0',
    '0x',
    '_',
    'linked',
    'id()',
    '#',
    'é',
    '"',
    'help',
    '.',
    '-',
  ];
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  let understoodCount = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]!).join(
      random(2) === 0 ? ' ' : '',
    );
    try {
      understoodCount += parse(text, counting()).length > 0 ? 1 : 0;
    } catch (error) {
      assert.ok(error instanceof ParseError, `${JSON.stringify(text)}: ${error}`);
      assert.ok(error.offset >= 0 && error.offset <= text.length);
      assert.ok(error.show(text).includes('^ Near here.'));
    }
  }
  assert.ok(understoodCount > 100);
});
