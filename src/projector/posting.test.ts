import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../testing/model/random.ts';
import { sharedMemory } from '../base/index.ts';
import type { GenerationBuffer } from '../machine/index.ts';
import { COLUMNS_COUNT, CONTROL_SIZE, ControlOffset, GenerationState, SPAN_SIZE } from '../model/index.ts';
import { MemoryStorage } from '../platform/index.ts';
import { EitherPosition, END, EveryPosition, type Positions, type Predicates } from './candidates.ts';
import { type HistoryLayout, scratchSize } from './layout.ts';
import { Run } from './run.ts';
import { finish, RunBuilder } from './run-writer.ts';
import { Work } from './work.ts';

const log2Entries = 16;
const count = 2 ** log2Entries - 5;
const random = new Random(11);
const hash = (): number => Math.max(1, random.u32());

/** A run must keep apart the top 26 bits of a hash; the record tells the rest. */
const kept = (one: number): number => one >>> 6;

/** Some hashes of one slot of the directory, among them two that an item cannot tell apart. */
const sameSlot = [0x1234_0040, 0x1234_0000, 0x1237_ffc0, 0x1234_1000, 0x1234_1001];
const few = Array.from({ length: 300 }, hash);
/** One way to fill a column each: the hash of the entry at `pos`. */
const fills: ((pos: number) => number)[] = [
  hash, // all different
  () => (random.below(10) < 9 ? sameSlot[random.below(sameSlot.length)]! : hash()), // a slot that must be ordered
  () => few[random.below(few.length)]!,
  () => 0, // not indexed
  () => 0xffff_ffff, // one for all
  (pos) => (pos === count - 1 ? 5 : 7), // one for all but the last
  (pos) => (pos < 40 ? 0 : 9), // one for all but the first
  (pos) => (pos < 20_000 ? 0x8000_0001 : 0x8000_0041), // one slot, ordered already
  (pos) => (pos % 3 === 0 ? 1 + (pos % 5) * 0x40 : 0), // the first slot, and gaps
];
const columns = fills.map((fill) => Uint32Array.from({ length: count }, (_, pos) => fill(pos)));

function build(): Run {
  let end = 64;
  const take = (size: number): number => {
    const at = end;
    end = Math.ceil((end + size) / 64) * 64;
    return at;
  };
  const generation: GenerationBuffer = {
    control: take(CONTROL_SIZE),
    columns: Array.from({ length: COLUMNS_COUNT }, () => take(2 ** log2Entries * 4)),
    blocks: take((2 ** log2Entries / 64 + 1) * 4),
    events: take(count * 2),
    eventsSizeMax: count * 2,
    spans: take(SPAN_SIZE),
    spansMax: 1,
  };
  const layout: HistoryLayout = {
    log2Entries,
    generations: [generation],
    rows: 0,
    rowsCount: 1,
    rowsTrusted: 1,
    rowsFirst: 0,
    query: 0,
    scratch: take(scratchSize(log2Entries)),
  };
  const memory = sharedMemory(Math.ceil(end / 65_536));
  for (const [column, hashes] of columns.entries()) {
    new Uint32Array(memory.buffer, generation.columns[column], count).set(hashes);
  }
  const view = new DataView(memory.buffer);
  view.setUint32(generation.control + ControlOffset.count, count, true);
  view.setUint32(generation.control + ControlOffset.eventsSize, count * 2, true);
  view.setUint32(generation.control + ControlOffset.spansCount, 1, true);
  view.setUint32(generation.control + ControlOffset.state, GenerationState.sealed, true);
  view.setBigUint64(generation.spans + 16, 1n, true);
  const storage = new MemoryStorage();
  storage.makeFolder('runs');
  return Run.open(storage, finish(new RunBuilder(storage, 'runs', memory, layout, 9n).build(0, 0)), 9n);
}

const run = build();

function all(positions: Positions, reversed: boolean): number[] {
  const found: number[] = [];
  const taken = new Uint32Array(3000);
  for (let next = reversed ? count - 1 : 0; next !== END; next = positions.next) {
    const most = random.pick([1, 7, 64, 2048]);
    found.push(...taken.subarray(0, positions.take(next, taken, most)));
  }
  return found;
}

function expected(fits: (pos: number) => boolean, reversed: boolean): number[] {
  const found = Array.from({ length: count }, (_, pos) => pos).filter(fits);
  return reversed ? found.reverse() : found;
}

for (const [column, hashes] of columns.entries()) {
  test(`column ${column} finds every position of a hash, in both directions`, () => {
    const wanted = new Set([...sameSlot, ...few.slice(0, 3), 5, 7, 9, 0x41, 0xffff_ffff, hash()]);
    for (let round = 0; round < 8; round++) wanted.add(hashes[random.below(count)]!);
    wanted.delete(0);
    for (const one of wanted) {
      for (const reversed of [false, true]) {
        const posting = run.posting(column, one, reversed);
        const exact = run.posting(column, one, reversed).count;
        const found = all(posting, reversed);
        assert.deepEqual(
          found,
          expected((pos) => hashes[pos] !== 0 && kept(hashes[pos]!) === kept(one), reversed),
          `hash ${one}`,
        );
        assert.equal(exact, found.length);
      }
    }
  });
}

test('a posting leaps to where it is told', () => {
  const one = sameSlot[0]!;
  const truth = expected((pos) => kept(columns[1]![pos]!) === kept(one), false);
  for (let round = 0; round < 200; round++) {
    const up = run.posting(1, one, false);
    const down = run.posting(1, one, true);
    for (let pos = random.below(3000); pos < count; pos += 1 + random.below(30_000)) {
      assert.equal(up.seek(pos), truth.find((one) => one >= pos) ?? END);
      const mirrored = count - 1 - pos;
      assert.equal(down.seek(mirrored), truth.findLast((one) => one <= mirrored) ?? END);
    }
  }
});

test('lists meet where all of them are, however long each is, in both directions', () => {
  const lists = [sameSlot[0]!, sameSlot[1]!, few[0]!, few[1]!, few[7]!, 5, 0x41];
  let met = 0;
  const work = new Work();
  for (let round = 0; round < 120; round++) {
    const reversed = round % 2 === 0;
    const some = Array.from({ length: random.between(2, 4) }, () => {
      const column = random.below(columns.length);
      const hashes = columns[column]!;
      return { column, hash: random.chance(0.7) ? hashes[random.below(count)]! || 5 : random.pick(lists) };
    });
    const open = (one: { column: number; hash: number }) => run.posting(one.column, one.hash, reversed, work);
    const either = random.chance(0.5) ? some.splice(0, 2) : [];
    const postings = some.map(open);
    if (either.length > 0) postings.push(new EitherPosition(open(either[0]!), open(either[1]!), reversed));
    const [rarest, ...others] = random.chance(0.5) ? postings.reverse() : postings;
    const holds = ({ column, hash }: { column: number; hash: number }, pos: number): boolean => {
      const found = columns[column]![pos]!;
      return found !== 0 && kept(found) === kept(hash);
    };
    const wanted = expected(
      (pos) => some.every((one) => holds(one, pos)) && (either.length === 0 || either.some((one) => holds(one, pos))),
      reversed,
    );
    met += wanted.length;
    assert.deepEqual(all(new EveryPosition(rarest!, others), reversed), wanted, JSON.stringify({ some, either }));
  }
  assert.ok(met > 1000, 'lists that meet');
  assert.ok(work.units > met, 'they have a price');
});

test('predicates meet in columns that say the same of every entry', () => {
  const at = (column: number, hash: number): { column: number; hash: number } => ({ column, hash });
  const find = (predicates: Predicates, reversed: boolean): number[] =>
    all(run.candidates(predicates, { from: 0, to: count, reversed }, new Work()), reversed);
  const one = few[7]!;
  const truth = (reversed: boolean): number[] => expected((pos) => columns[2]![pos] === one, reversed);
  for (const reversed of [false, true]) {
    assert.deepEqual(
      find({ any: [], all: [at(4, 0xffff_ffff)] }, reversed),
      expected(() => true, reversed),
    );
    assert.deepEqual(find({ any: [], all: [at(4, 0xffff_ffff), at(2, one)] }, reversed), truth(reversed));
    assert.deepEqual(find({ any: [at(3, 1), at(2, one)], all: [at(4, 0xffff_ffff)] }, reversed), truth(reversed));
    assert.deepEqual(find({ any: [], all: [at(4, 77), at(2, one)] }, reversed), []);
    assert.deepEqual(find({ any: [at(4, 77), at(3, 1)], all: [] }, reversed), []);
    assert.deepEqual(
      find({ any: [at(4, 0xffff_ffff), at(2, one)], all: [] }, reversed),
      expected(() => true, reversed),
    );
  }
});
