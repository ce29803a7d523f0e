import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from './json-reader.ts';

const read = (text: string | Uint8Array, root = 'events'): unknown =>
  readJson(typeof text === 'string' ? Buffer.from(text) : text, root);

const refused = (text: string | Uint8Array, message: RegExp, root = 'events'): void =>
  assert.throws(() => read(text, root), { code: 'invalid_argument', message });

test('a number that its parser would change is refused, with the path to it', () => {
  for (const number of [
    '2.5',
    '1.0',
    '123456789012345.99999',
    '0.99999999999999999',
    '4503599627370497.5',
    '1e3',
    '1E3',
    '1e-400',
    '1e400',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740992',
    '99999999999999999999999999999999999999999',
    '-0',
    '-0.0',
    '-0e0',
  ]) {
    refused(`[{"id":"1"},{"id":"2","amount":${number}}]`, /^events\[1\]\.amount must be a whole number, not /);
    refused(`{"a":[1,${number}]}`, /^events\[0\]\.a\[1\] must be/);
    refused(`{"transfer":{"amount": ${number} }}`, /^transfer\.amount must be/, '');
    refused(` ${number}`, /^events must be/);
  }
  for (const number of ['0', '7', '-1', '9007199254740991', '-9007199254740991', '999999999999999']) {
    assert.deepEqual(read(`[{"a":${number}}]`), [{ a: Number(number) }]);
  }
  assert.deepEqual(read('["2.5","1e3","-0",{"9.5":"\\"1.5"}]'), ['2.5', '1e3', '-0', { '9.5': '"1.5' }]);
});

test('a name that is there twice is refused, however it is written and wherever it is', () => {
  const twice: [text: string, path: RegExp][] = [
    ['{"amount":"5","amount":"6"}', /^events\[0\]\.amount is there twice$/],
    ['[{"a":1},{"a":1,"b":2,"a":1}]', /^events\[1\]\.a is there twice$/],
    [String.raw`[{"amount":"5","\u0061mount":"6"}]`, /^events\[0\]\.amount is there twice$/],
    ['[{"a":{"b":1,"b":1}}]', /^events\[0\]\.a\.b is there twice$/],
    ['[{"a":[{"b":1,"b":1}]}]', /^events\[0\]\.a\[0\]\.b is there twice$/],
    ['{"":1,"":2}', /^events\[0\]\. is there twice$/],
    ['{"__proto__":1,"__proto__":2}', /__proto__ is there twice$/],
    [String.raw`{"\r\n":1,"\u000d\u000a":2}`, /^events\[0\]\.\\x0d\\x0a is there twice$/],
  ];
  for (const [text, path] of twice) {
    if (text.includes('[{"b"')) assert.throws(() => read(text), { code: 'invalid_argument' });
    else refused(text, path);
  }
  assert.deepEqual(read('[{"a":1,"A":2},{"a":":"}]'), [{ a: 1, A: 2 }, { a: ':' }]);
});

test('what is not JSON, or not UTF-8, is refused and shown without what a terminal would act upon', () => {
  for (const text of [
    '',
    '{',
    '[1,]',
    "{'a':1}",
    '[01]',
    '[+1]',
    '[.5]',
    '[NaN]',
    '\ufeff[]',
    '[1]x',
    '[1e]',
    '[1 1]',
  ]) {
    assert.throws(() => read(text), { code: 'invalid_argument' }, text);
  }
  refused(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), /not UTF-8/);
  refused('[\u001b[2J\r\n]', /^this is not JSON: [\x20-\x7e\u00a1-\uffff]*$/);
});

test('any value that is exact and has each name once is read as its parser reads it', () => {
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.maxSafeInteger(), fc.string(), fc.boolean(), fc.constant(null)),
    list: fc.array(tie('leaf'), { maxLength: 5 }),
    record: fc.dictionary(fc.string(), fc.oneof(tie('leaf'), tie('list')), { maxKeys: 6 }),
    value: fc.oneof(tie('record'), fc.array(tie('record'), { maxLength: 5 })),
  })).value;
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (plain, space) => {
      const text = JSON.stringify(plain, undefined, space);
      assert.deepEqual(read(text), JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test('any one member that is written twice, and any one number with a fraction, is found', () => {
  const events = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.nat(), fc.string()), { minKeys: 1, maxKeys: 6 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(), (list, first, second) => {
      const index = first % list.length;
      const names = Object.keys(list[index]!);
      const name = JSON.stringify(names[second % names.length]);
      const texts = list.map((event) => JSON.stringify(event));
      const spoilt = (more: string): string =>
        `[${texts.map((text, at) => (at === index ? `${text.slice(0, -1)},${more}}` : text)).join(',')}]`;
      const path = new RegExp(`^events\\[${index}\\]`);
      refused(spoilt(`${name}:0`), path);
      refused(spoilt('"a name of its own":0.1'), path);
    }),
    { numRuns: 500 },
  );
});
