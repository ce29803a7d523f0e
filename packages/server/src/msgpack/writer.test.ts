import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Cells } from 'tallystick/internal/model';
import { operationsByName } from 'tallystick/internal/wire';
import { writeRecords } from './writer.ts';

const { reply } = operationsByName.get('create_transfers')!;

test('a u64 is written as its decimal text, whatever its size', () => {
  const edges = [0n, 9n, 10n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 53n, 10n ** 18n, 10n ** 19n, 2n ** 64n - 1n];
  const numbers = fc.oneof(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 64n).chain((bits) => fc.bigInt(0n, 2n ** bits - 1n)),
    // Billions, and what is beside them: where the text is divided.
    fc.tuple(fc.bigInt(0n, 18_446_744_072n), fc.bigInt(-1n, 1n)).map(([n, by]) => n * 10n ** 9n + by),
  );
  const spelled = (number: bigint): string => {
    const cells = Cells.of(reply.size);
    cells.view.setBigUint64(0, number, true);
    const to = Buffer.alloc(256);
    const end = writeRecords(to, 0, reply, cells, 0, reply.size, to.length);
    return (decode(to.subarray(0, end)) as { timestamp: string }[])[0]!.timestamp;
  };
  for (const edge of edges) assert.equal(spelled(edge), String(edge));
  fc.assert(
    fc.property(
      numbers.filter((number) => number >= 0n),
      (number) => assert.equal(spelled(number), String(number)),
    ),
    { numRuns: 5000 },
  );
});
