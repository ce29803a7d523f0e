/** Answers by three processes: the golden tokens, whoever else asks, and whatever dies meanwhile. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { casesOf, skip, tiny } from '../../test/language.ts';
import type { Answer, AskOptions } from './answer.ts';
import { Engine } from './engine.ts';
import { rangesOf } from './pipeline.ts';
import type { Chosen } from './sampler.ts';

const cases = casesOf('tiny-qwen2');
const TOKENS = 32;
/** What the issue allows from the loss of a stage to an error. */
const KILLED_MS_MAX = 5000;
let engine: Engine;

before(async () => {
  if (skip === false) engine = await Engine.open(tiny(), { context: 512, slots: 4 });
});
after(async () => {
  await engine?.close();
});

async function tokensOf(answer: AsyncIterable<Chosen>): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { token } of answer) tokens.push(token);
  return tokens;
}

const ask = (name: string, more: Partial<AskOptions> = {}): Answer =>
  engine.ask({ prompt: cases[name]!.input_ids, tokensMax: TOKENS, ends: [], temperature: 0, ...more });
const first = (answer: Answer, count: number): Promise<void> =>
  new Promise((resolve) => {
    const look = (): unknown => (answer.size >= count ? resolve() : setTimeout(look, 1));
    look();
  });

test('stages share the layers, and other shares are refused', () => {
  assert.deepEqual(rangesOf(8), [
    { from: 0, to: 3 },
    { from: 3, to: 6 },
    { from: 6, to: 8 },
  ]);
  assert.deepEqual(rangesOf(2), [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ]);
  for (const borders of [[0], [8], [5, 5], [1.5]])
    assert.throws(() => rangesOf(8, borders), { code: 'invalid_argument' });
});

test('greedy answers are the golden ones, one after the other and eight at once on four slots', { skip }, async () => {
  for (const name of Object.keys(cases)) {
    assert.deepEqual(await tokensOf(ask(name)), cases[name]!.greedy, name);
  }
  const names = [...Object.keys(cases), ...Object.keys(cases)];
  const answers = await Promise.all(names.map((name) => tokensOf(ask(name))));
  for (const [at, name] of names.entries()) assert.deepEqual(answers[at], cases[name]!.greedy, name);
});

test('a seeded answer is the same alone and among others', { skip }, async () => {
  const drawn = { temperature: 0.9, topP: 0.95, seed: 7 };
  const alone = await tokensOf(ask('p1', drawn));
  const among = [ask('p129'), ask('chat', { temperature: 1, seed: 3 }), ask('p1', drawn)];
  const [, , same] = await Promise.all(among.map(tokensOf));
  assert.deepEqual(same, alone);
  assert.notDeepEqual(await tokensOf(ask('p1', { ...drawn, seed: 8 })), alone);
});

test('an answer ends at a token that ends answers, at its size, or at the end of the context', { skip }, async () => {
  const { greedy } = cases.p1!;
  const ended = ask('p1', { ends: [greedy[5]!] });
  const place = greedy.indexOf(greedy[5]!);
  assert.deepEqual(await tokensOf(ended), greedy.slice(0, place));
  assert.equal(ended.finish, 'stop');
  const short = ask('p1', { tokensMax: 3 });
  assert.deepEqual(await tokensOf(short), greedy.slice(0, 3));
  assert.equal(short.finish, 'length');
  const long = ask('p1', { prompt: new Array(509).fill(257), tokensMax: 99 });
  assert.equal((await tokensOf(long)).length, 3);
  assert.equal(long.finish, 'length');
  for (const prompt of [[], [1024], [-1], new Array(512).fill(1)]) {
    assert.throws(() => ask('p1', { prompt }), { code: 'invalid_argument', field: 'prompt' });
  }
});

test('an answer that is cancelled, left or late is gone before the next step', { skip }, async () => {
  const cancelling = new AbortController();
  const cancelled = ask('p129', { tokensMax: 300, signal: cancelling.signal });
  const left = ask('p1', { tokensMax: 300 });
  const late = ask('chat', { tokensMax: 300, timeoutMs: 60 });
  await first(left, 2);
  assert.ok(engine.counts.active >= 2, 'at least those that have no time limit');
  cancelling.abort();
  for await (const _ of left) break;
  await assert.rejects(tokensOf(cancelled), { code: 'closed' });
  await assert.rejects(tokensOf(late), { code: 'deadline_exceeded' });
  while (engine.counts.active > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(await tokensOf(ask('one')), cases.one!.greedy);
});

test('a stage that is killed in the middle of answers costs them no token', { skip }, async () => {
  // On a machine that others use the stage may take longer to begin than callers would wait.
  const own = await Engine.open(tiny(), { context: 256, slots: 4, recoverMsMax: 300_000 });
  try {
    for (const stage of [0, 2]) {
      const names = ['p129', 'p1', 'chat'];
      const answers = names.map((name) =>
        own.ask({ prompt: cases[name]!.input_ids, tokensMax: TOKENS, ends: [], temperature: 0 }),
      );
      const tokens = Promise.all(answers.map(tokensOf));
      await first(answers[2]!, 5);
      const { pid } = own.stages[stage]!;
      process.kill(pid!, 'SIGKILL');
      for (const [at, found] of (await tokens).entries()) assert.deepEqual(found, cases[names[at]!]!.greedy);
      assert.notEqual(own.stages[stage]!.pid, pid);
    }
  } finally {
    await own.close();
  }
});

test('a stage that stands still ends answers that cannot wait, and is replaced for the next', { skip }, async () => {
  const own = await Engine.open(tiny(), { context: 256, slots: 2, stepMsMax: 2000, recoverMsMax: 0 });
  try {
    const answer = own.ask({ prompt: cases.p1!.input_ids, tokensMax: 200, ends: [], temperature: 0 });
    await first(answer, 2);
    process.kill(own.stages[1]!.pid!, 'SIGSTOP');
    const stopped = performance.now();
    await assert.rejects(tokensOf(answer), { code: 'stage_lost', retriable: true });
    assert.ok(performance.now() - stopped < KILLED_MS_MAX, 'within the time of a step and a little more');
    const again = own.ask({ prompt: cases.p1!.input_ids, tokensMax: TOKENS, ends: [], temperature: 0 });
    assert.deepEqual(await tokensOf(again), cases.p1!.greedy);
  } finally {
    await own.close();
  }
});

test('prompts wait for a slot up to a number, and are refused beyond it', { skip }, async () => {
  const own = await Engine.open(tiny(), { context: 256, slots: 1, waitingMax: 2 });
  try {
    const options = { prompt: cases.p1!.input_ids, tokensMax: TOKENS, ends: [], temperature: 0 };
    const running = own.ask(options);
    await first(running, 1);
    const waiting = [own.ask(options), own.ask(options)];
    assert.throws(() => own.ask(options), { code: 'model_busy', retriable: true });
    assert.deepEqual(own.counts, { active: 1, waiting: 2 });
    for (const answer of [running, ...waiting]) assert.deepEqual(await tokensOf(answer), cases.p1!.greedy);
  } finally {
    await own.close();
  }
});
