import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remains } from '../../../../test/support/garbage.ts';
import { LANE_DEFAULTS, type LaneOptions, LaneQueue, RoundRobin } from './lanes.ts';

function queue(options: LaneOptions): LaneQueue<number> {
  return new LaneQueue<number>(options, (cost) => cost);
}

const always = (): boolean => true;

test('critical goes first, and normal gets its share of a flood', () => {
  const critical = queue({ ...LANE_DEFAULTS.critical, credit: Number.POSITIVE_INFINITY });
  const normal = queue({ ...LANE_DEFAULTS.normal, credit: Number.POSITIVE_INFINITY });
  for (let i = 0; i < 100_000; i++) critical.push(2);
  for (let i = 0; i < 10_000; i++) normal.push(2);
  const turns = new RoundRobin([critical, normal]);
  let cells = 0;
  let normalCells = 0;
  while (cells < 60_000) {
    const lane = turns.next(always)!;
    if (cells === 0) assert.equal(lane, critical);
    const cost = lane.shift();
    cells += cost;
    if (lane === normal) normalCells += cost;
  }
  const share = normalCells / cells;
  const expected = LANE_DEFAULTS.normal.quantum / (LANE_DEFAULTS.normal.quantum + LANE_DEFAULTS.critical.quantum);
  assert.ok(Math.abs(share - expected) < 0.02, `normal had ${share} of the cells`);
});

test('a request larger than its lane may send in a round waits for several rounds, not for ever', () => {
  const critical = queue({ quantum: 100, credit: 10_000 });
  const normal = queue({ quantum: 10, credit: 10_000 });
  for (let i = 0; i < 50; i++) critical.push(100);
  normal.push(95);
  const turns = new RoundRobin([critical, normal]);
  let before = 0;
  for (;;) {
    const lane = turns.next(always)!;
    lane.shift();
    if (lane === normal) break;
    before++;
  }
  assert.equal(before, 10);
});

test('an idle lane saves nothing up', () => {
  const high = queue({ quantum: 10, credit: 1000 });
  const normal = queue({ quantum: 10, credit: 1000 });
  const turns = new RoundRobin([high, normal]);
  for (let i = 0; i < 100; i++) {
    normal.push(10);
    turns.next(always)!.shift();
  }
  assert.equal(high.deficit, 0);
});

test('a full lane refuses, but takes one request whatever its size', () => {
  const lane = queue({ quantum: 10, credit: 100 });
  assert.equal(lane.push(8190), true);
  assert.equal(lane.push(1), false);
  lane.shift();
  assert.equal(lane.push(60), true);
  assert.equal(lane.push(41), false);
  assert.equal(lane.push(40), true);
  assert.deepEqual([lane.shift(), lane.shift(), lane.length], [60, 40, 0]);
  assert.equal(lane.cells, 0);
});

test('what is urgent goes before a lane that has the rest of its turn left', () => {
  const critical = queue({ quantum: 100, credit: 1000 });
  const normal = queue({ quantum: 100, credit: 1000 });
  const turns = new RoundRobin([critical, normal]);
  for (let i = 0; i < 4; i++) normal.push(30);
  assert.equal(turns.next(always), normal);
  normal.shift();
  critical.push(60);
  assert.equal(turns.next(always), critical);
  critical.shift();
  critical.push(60);
  assert.equal(turns.next(always), normal, 'coming back in the same round gives no second quantum');
});

test('a lane whose turn it is and that finds no room loses its turn to nobody', () => {
  const critical = queue({ quantum: 50, credit: 1000 });
  const normal = queue({ quantum: 50, credit: 1000 });
  const turns = new RoundRobin([critical, normal]);
  for (let i = 0; i < 3; i++) critical.push(50);
  normal.push(50);
  const noNormal = (lane: LaneQueue<number>): boolean => lane !== normal;
  assert.equal(turns.next(noNormal), critical);
  critical.shift();
  assert.equal(turns.next(noNormal), undefined);
  assert.equal(normal.deficit, 50, 'nothing was charged');
  assert.equal(turns.next(always), normal);
});

test('what has left a lane is forgotten: a request keeps a megabyte of events', async () => {
  const lane = new LaneQueue<{ readonly cost: number }>(LANE_DEFAULTS.normal, ({ cost }) => cost);
  const left = ((): WeakRef<object> => {
    lane.push({ cost: 1 });
    lane.push({ cost: 1 });
    return new WeakRef(lane.shift());
  })();
  assert.equal(await remains(left), undefined);
  assert.equal(lane.length, 1);
});

test('payers of a lane take turns, however much one of them has waiting, and each keeps its order', () => {
  const lane = new LaneQueue<{ readonly payer: number; readonly nth: number; readonly cost: number }>(
    LANE_DEFAULTS.normal,
    ({ cost }) => cost,
    ({ payer }) => payer,
  );
  for (let nth = 0; nth < 400; nth++) lane.push({ payer: 1, nth, cost: 100 });
  for (let nth = 0; nth < 3; nth++) lane.push({ payer: 2, nth, cost: 100 });
  const left = Array.from({ length: 20 }, () => lane.shift());
  assert.deepEqual(
    left.filter(({ payer }) => payer === 2).map(({ nth }) => nth),
    [0, 1, 2],
  );
  const own = left.filter(({ payer }) => payer === 1).map(({ nth }) => nth);
  assert.deepEqual(
    own,
    own.map((_, nth) => nth),
  );
});

test('a payer of large requests sends no more cells than one of small ones', () => {
  const lane = new LaneQueue<readonly [payer: number, cost: number]>(
    { quantum: 1, credit: 1_000_000 },
    ([, cost]) => cost,
    ([payer]) => payer,
  );
  for (let nth = 0; nth < 40; nth++) lane.push([1, 8190]);
  for (let nth = 0; nth < 40_000; nth++) lane.push([2, 2]);
  const cells = [0, 0, 0];
  for (let sent = 0; sent < 60_000; ) {
    const [payer, cost] = lane.shift();
    cells[payer]! += cost;
    sent += cost;
  }
  assert.ok(Math.abs(cells[1]! - cells[2]!) <= 8190 + 512, `${cells[1]} and ${cells[2]} cells`);
});

test('a payer that fills a lane keeps no other out of it', () => {
  const lane = new LaneQueue<number>(
    { quantum: 1, credit: 1000 },
    () => 10,
    (payer) => payer,
  );
  while (lane.push(1));
  assert.equal(lane.cells, 1000);
  assert.equal(lane.push(2), true);
  for (let nth = 0; nth < 1000; nth++) lane.push(2);
  assert.ok(lane.cells <= 2000, 'and is bounded all the same');
});
