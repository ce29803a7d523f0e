import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from './heartbeat.ts';

/** A heartbeat whose time and threads are told, and what it says. */
function world() {
  const said: string[] = [];
  const say = (_fields: object, message: string): void => void said.push(message);
  const heartbeat = new Heartbeat({ debug: say, info: say, warn: say, error: say }, 0);
  let now = 0;
  const beats = { journal: 1, machine: 1, builder: 1 };
  /** Time passes; those named move. */
  const pass = (seconds: number, ...moving: (keyof typeof beats)[]): void => {
    for (let look = 0; look < seconds * 4; look++) {
      now += 250;
      for (const name of moving) beats[name]++;
      heartbeat.look(
        (['journal', 'machine', 'builder'] as const).map((name) => ({ name, beats: beats[name] })),
        now,
      );
    }
  };
  return { heartbeat, said, pass, skip: (seconds: number) => (now += seconds * 1000) };
}

test('a thread that stands still is named within five seconds, once, and a restart is wanted within a minute', () => {
  const { heartbeat, said, pass } = world();
  pass(10, 'journal', 'machine', 'builder');
  assert.deepEqual(heartbeat.stuck, []);
  pass(3.5, 'machine', 'builder');
  assert.deepEqual(heartbeat.stuck, []);
  pass(1, 'machine', 'builder');
  assert.deepEqual(
    heartbeat.stuck.map(({ name }) => name),
    ['journal'],
  );
  pass(45, 'machine', 'builder');
  assert.equal(heartbeat.isDead, false);
  pass(10, 'machine', 'builder');
  assert.equal(heartbeat.isDead, true);
  assert.deepEqual(
    said.map((line) => /^the (\w+) thread does not move/.exec(line)?.[1]),
    ['journal'],
  );
});

test('one that moves again is taken back', () => {
  const { heartbeat, said, pass } = world();
  pass(1, 'journal');
  pass(5);
  pass(1, 'journal', 'machine');
  assert.deepEqual(heartbeat.stuck, []);
  assert.ok(said.includes('the journal thread moves again'));
});

test('the builder may sync a whole file', () => {
  const { heartbeat, pass } = world();
  pass(29, 'journal', 'machine');
  assert.deepEqual(heartbeat.stuck, []);
  pass(2, 'journal', 'machine');
  assert.deepEqual(
    heartbeat.stuck.map(({ name }) => name),
    ['builder'],
  );
});

test('a process that was stopped for a while blames itself, not its threads', () => {
  const { heartbeat, said, pass, skip } = world();
  pass(2, 'journal', 'machine', 'builder');
  skip(60);
  pass(1, 'journal', 'machine', 'builder');
  assert.deepEqual(heartbeat.stuck, []);
  assert.match(said[0]!, /event loop stood still/);
});
