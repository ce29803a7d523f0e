/** Text to tokens and back, as the references do it, and tokens as text that streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, tiny } from '../../test/language.ts';
import { Sampler } from './sampler.ts';
import { TextStream } from './text-stream.ts';
import { TextCodec } from './tokenizer.ts';

const codec = new TextCodec(tiny().tokenizerFiles());

test('golden texts have the golden tokens, and golden tokens are the golden texts', () => {
  for (const { text, input_ids, greedy, greedy_text } of Object.values(casesOf('tiny-qwen2'))) {
    assert.deepEqual(codec.encode(text!), input_ids);
    assert.equal(codec.decode(input_ids, true), text);
    assert.equal(codec.decode(greedy, true), greedy_text);
  }
});

test('a conversation becomes the text of the template', () => {
  const { text, input_ids } = casesOf('tiny-qwen2').chat!;
  const messages = [{ role: 'user', content: 'What is a pending transfer?' }];
  assert.equal(codec.chatText(messages), text);
  assert.deepEqual(codec.encodeChat(messages), input_ids);
});

test('any text comes back from its tokens, whole characters at a time', () => {
  for (const text of [
    '',
    'plain',
    'naïve — “quoted”',
    '数量 12,345\n\n\t',
    '👩‍👩‍👧 family',
    'e\u0301\u0000\u007f',
    ' \n  x ',
  ]) {
    const tokens = codec.encode(text);
    const normal = text.normalize('NFC');
    assert.equal(codec.decode(tokens), normal);
    const stream = new TextStream(codec);
    const parts = [...tokens.map((token) => stream.push(token)), stream.end()];
    assert.equal(parts.join(''), normal);
    assert.ok(parts.every((part) => !part.includes('\ufffd')));
  }
});

test('tokens that are no character hold nothing up for long', () => {
  const [byte] = codec.encode('数');
  const stream = new TextStream(codec);
  const parts = Array.from({ length: 12 }, () => stream.push(byte!));
  assert.ok(parts.join('').length > 0);
});

test('a stop word ends the text before it, and what may become one is held back', () => {
  const stream = new TextStream(codec, ['STOP', 'END']);
  const shown = codec.encode('one ST two STOP three').map((token) => stream.push(token));
  assert.equal(shown.join(''), 'one ST two ');
  assert.equal(stream.stopped, true);
  assert.equal(stream.end(), '');
  const open = new TextStream(codec, ['STOP']);
  assert.equal([...codec.encode('ends in STO').map((token) => open.push(token)), open.end()].join(''), 'ends in STO');
  assert.equal(open.stopped, false);
});

test('a sampler takes the likeliest at temperature 0, and draws within topK and topP', () => {
  const logits = () => Float32Array.of(1, 3, 2.9, -5);
  assert.equal(new Sampler({ temperature: 0 }, [], 1).choose(logits()).token, 1);
  const drawn = (options: object): Set<number> => {
    const sampler = new Sampler({ temperature: 2, seed: 5, ...options }, [], 1);
    return new Set(Array.from({ length: 400 }, () => sampler.choose(logits()).token));
  };
  assert.deepEqual(drawn({ topK: 1 }), new Set([1]));
  assert.deepEqual([...drawn({ topK: 2 })].sort(), [1, 2]);
  assert.deepEqual([...drawn({ topP: 0.5 })].sort(), [1, 2]);
  assert.deepEqual([...drawn({})].sort(), [0, 1, 2, 3]);
});

test('draws follow the probabilities', () => {
  const sampler = new Sampler({ temperature: 1, seed: 11 }, [], 1);
  const draws = 20_000;
  let ones = 0;
  for (let draw = 0; draw < draws; draw++) ones += sampler.choose(Float32Array.of(0, Math.log(3))).token;
  assert.ok(Math.abs(ones / draws - 0.75) < 0.02, `${ones / draws}`);
});

test('penalties count what is in the text, and bad options are refused', () => {
  const penalised = new Sampler({ temperature: 0, repetitionPenalty: 2 }, [1], 1);
  assert.equal(penalised.choose(Float32Array.of(1, 1.9)).token, 0);
  const frequent = new Sampler({ temperature: 0, frequencyPenalty: 1 }, [], 1);
  const tokens = Array.from({ length: 4 }, () => frequent.choose(Float32Array.of(0, 1.5)).token);
  assert.deepEqual(tokens, [1, 1, 0, 1]);
  for (const options of [{ temperature: -1 }, { topP: 2 }, { topK: Number.NaN }, { seed: 2 ** 40 }]) {
    assert.throws(() => new Sampler(options, [], 1), { code: 'invalid_argument' });
  }
});

test('probabilities are those of the logits', () => {
  const { logprob, top } = new Sampler({ temperature: 0 }, [], 1).choose(Float32Array.of(0, Math.log(3)), 2);
  assert.ok(Math.abs(logprob - Math.log(0.75)) < 1e-6);
  assert.deepEqual(
    top.map(({ token }) => token),
    [1, 0],
  );
});
