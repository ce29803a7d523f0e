import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TallystickError } from '../model/index.ts';
import { type ClientWaiting, Watch, type Watched } from './waiting.ts';

const idle: Watched = { unanswered: 0, answers: 0, connected: false, error: undefined };

test('a client that waits says so after 5 s and then once a minute, until it is answered', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let state: Watched = idle;
  const told: ClientWaiting[] = [];
  const watch = new Watch(
    () => state,
    (waiting) => told.push(waiting),
  );
  watch.begin();
  state = { ...state, unanswered: 2, error: new TallystickError('unreachable', 'nobody is there') };
  t.mock.timers.tick(4999);
  assert.equal(told.length, 0);
  t.mock.timers.tick(1);
  assert.equal(told.length, 1);
  assert.equal(told[0]!.requests, 2);
  assert.equal(told[0]!.connected, false);
  assert.match(
    told[0]!.message,
    /^2 requests wait .*: nobody is there\. The client goes on trying\. Check the address/,
  );
  t.mock.timers.tick(59_999);
  assert.equal(told.length, 1);
  t.mock.timers.tick(1);
  assert.equal(told.length, 2);
  state = { ...idle, answers: 2 };
  t.mock.timers.tick(600_000);
  assert.equal(told.length, 2);
});

test('a busy client is silent, and one whose server stands still is not', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let answers = 0;
  let moves = true;
  const told: ClientWaiting[] = [];
  const look = (): Watched => ({
    unanswered: 9,
    answers: moves ? ++answers : answers,
    connected: true,
    error: undefined,
  });
  const watch = new Watch(look, (waiting) => told.push(waiting));
  watch.begin();
  for (let second = 0; second < 60; second++) t.mock.timers.tick(1000);
  assert.equal(told.length, 0);
  moves = false;
  t.mock.timers.tick(5000);
  assert.match(told[0]!.message, /the server is connected and does not answer/);
  watch.end();
  t.mock.timers.tick(600_000);
  assert.equal(told.length, 1);
});

test('a client that asks one thing after the other is silent while it is answered', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let state: Watched = { ...idle, connected: true };
  const told: ClientWaiting[] = [];
  const watch = new Watch(
    () => state,
    (waiting) => told.push(waiting),
  );
  const ask = (): void => {
    state = { ...state, unanswered: 1 };
    watch.begin();
  };
  const answer = (): void => {
    state = { ...state, unanswered: 0, answers: state.answers + 1 };
  };
  // The watch looks while the newest request is under way.
  for (let hundredth = 0; hundredth < 300; hundredth++) {
    ask();
    t.mock.timers.tick(100);
    answer();
  }
  assert.equal(told.length, 0);
  ask();
  t.mock.timers.tick(5000);
  t.mock.timers.tick(5000);
  assert.equal(told.length, 1);
  // It is told again of the next silence, and not a minute later.
  answer();
  ask();
  t.mock.timers.tick(5000);
  assert.equal(told.length, 2);
  watch.end();
});
