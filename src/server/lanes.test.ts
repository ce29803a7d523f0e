import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANE_DEFAULTS, type LaneOptions, LaneQueue, nextLane } from './lanes.ts';

function queue(options: LaneOptions): LaneQueue<number> {
  return new LaneQueue<number>(options, (cost) => cost);
}

test('critical goes first, and normal gets its share of a flood', () => {
  const critical = queue({ ...LANE_DEFAULTS.critical, credit: Number.POSITIVE_INFINITY });
  const normal = queue({ ...LANE_DEFAULTS.normal, credit: Number.POSITIVE_INFINITY });
  for (let i = 0; i < 100_000; i++) critical.push(2);
  for (let i = 0; i < 10_000; i++) normal.push(2);
  assert.equal(nextLane([critical, normal]), critical);
  let cells = 0;
  let normalCells = 0;
  while (cells < 60_000) {
    const lane = nextLane([critical, normal])!;
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
  let before = 0;
  for (;;) {
    const lane = nextLane([critical, normal])!;
    lane.shift();
    if (lane === normal) break;
    before++;
  }
  assert.equal(before, 10);
});

test('an idle lane saves nothing up', () => {
  const high = queue({ quantum: 10, credit: 1000 });
  const normal = queue({ quantum: 10, credit: 1000 });
  for (let i = 0; i < 100; i++) {
    normal.push(10);
    nextLane([high, normal])!.shift();
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
  assert.deepEqual(lane.clear(), [60, 40]);
  assert.equal(lane.cells, 0);
});
