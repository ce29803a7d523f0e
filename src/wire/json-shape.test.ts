import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkJsonShape } from './json-shape.ts';

/** The code that a body is refused with. */
function refused(body: string | Uint8Array): string | undefined {
  try {
    checkJsonShape(typeof body === 'string' ? Buffer.from(body) : body);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** The shape of a parsed value: its depth, and the most members below its outermost list. */
function measured(value: unknown, depth = 0): { readonly depth: number; readonly members: number } {
  if (typeof value !== 'object' || value === null) return { depth, members: 0 };
  const inner = Object.values(value).map((member) => measured(member, depth + 1));
  const own = depth === 0 && Array.isArray(value) ? 0 : inner.length;
  return {
    depth: Math.max(depth + 1, ...inner.map((each) => each.depth)),
    members: Math.max(own, ...inner.map((each) => each.members)),
  };
}

const nasty = fc.oneof(
  fc.string(),
  fc.constantFrom('[', '{', '"', '\\', '\\"', '",', ']}', '[[[[', '{"a":{', 'é[', '\u0000'),
);

test('any JSON is let pass if it is no deeper and no wider than requests, whatever its texts hold', () => {
  const { value } = fc.letrec((tie) => ({
    leaf: fc.oneof(nasty, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    list: fc.array(tie('value'), { maxLength: 80, size: 'small' }),
    record: fc.dictionary(nasty, tie('value'), { maxKeys: 80, size: 'small' }),
    value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie('leaf'), tie('list'), tie('record')),
  }));
  let passed = 0;
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (body, space) => {
      const { depth, members } = measured(body);
      const fits = depth <= 3 && members <= 64;
      if (fits) passed++;
      assert.equal(refused(JSON.stringify(body, undefined, space)), fits ? undefined : 'invalid_argument');
    }),
    { numRuns: 1000 },
  );
  assert.ok(passed > 100, `${passed} passed`);
});

test('any bytes are let pass or refused, and the parser makes little of what passes', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '1', 'a', ' '), { maxLength: 300 })
      .map((parts) => Buffer.from(parts.join(''))),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const code = refused(bytes);
      assert.ok(code === undefined || code === 'invalid_argument');
      if (code !== undefined) return;
      let value: unknown;
      try {
        value = JSON.parse(Buffer.from(bytes).toString());
      } catch {
        return;
      }
      const { depth, members } = measured(value);
      assert.ok(depth <= 3 && members <= 64);
    }),
    { numRuns: 3000 },
  );
});

test('as many events as a request may have, and no more; a record has no thousand fields', () => {
  const events = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, id) => ({ id })));
  assert.equal(refused(events(8189)), undefined);
  assert.equal(refused(events(8190)), 'too_much_data');
  assert.equal(refused(`[${'0,'.repeat(3_000_000)}0]`), 'too_much_data');
  assert.equal(refused(`{${'"a":0,'.repeat(64)}"a":0}`), 'invalid_argument');
  assert.equal(refused(`[{"flags":[${'"linked",'.repeat(64)}"linked"]}]`), 'invalid_argument');
  assert.equal(refused('[{"flags":["linked"]}]'), undefined);
  assert.equal(refused('[{"flags":[["linked"]]}]'), 'invalid_argument');
});

test('whatever is nested costs nothing', () => {
  for (const nested of [
    '['.repeat(6_000_000),
    '{"a":'.repeat(1_000_000),
    '[]'.repeat(10),
    `${'"'.repeat(5)}${'['.repeat(9)}`,
  ]) {
    const bytes = Buffer.from(nested);
    const before = process.memoryUsage();
    refused(bytes);
    const after = process.memoryUsage();
    assert.ok(after.heapUsed + after.external - before.heapUsed - before.external < 2 ** 20);
  }
});
