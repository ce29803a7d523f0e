/** GGUF: blocks are computed as what they stand for, and files that are not whole are refused. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { quantise, writeTwins } from '../../test/gguf-writer.ts';
import { goldenText } from '../../test/golden.ts';
import { farthest, skip, TINY } from '../../test/language.ts';
import { fromBlocks, toBlocks } from './blocks.ts';
import { Engine } from './engine.ts';
import { openModel } from './model.ts';
import { modelPath } from './shipped.ts';
import { Stage } from './stage.ts';
import { TextCodec } from './tokenizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-gguf-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const { gguf, plain } = writeTwins(folder, (name) => {
  if (/attn_[qk]|token_embd/.test(name)) return 'q8_0';
  return /ffn|output[.]/.test(name) ? 'q4_1' : 'q4_0';
});

test('blocks stand for numbers near those that they were made of', () => {
  const numbers = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at * 1.7) - 0.2);
  for (const [kind, far] of [
    ['q8_0', 0.02],
    ['q4_0', 0.25],
    ['q4_1', 0.13],
  ] as const) {
    assert.ok(farthest(fromBlocks(toBlocks(kind, quantise(numbers, kind))), numbers) < far, kind);
  }
});

async function logitsOf(path: string): Promise<Float32Array> {
  const { shape, weights } = openModel(path);
  const range = { from: 0, to: shape.layers };
  const stage = await Stage.open(shape, weights, {
    ...range,
    slots: 1,
    context: 64,
    threads: 1,
    activations: 'float32',
  });
  const ids = Int32Array.from({ length: 20 }, (_, at) => (at * 37 + 5) % 1000);
  await stage.forward([{ request: 1, position: 0, tokens: 20 }], ids.buffer);
  const logits = await stage.forward([{ request: 1, position: 20, tokens: 1 }], Int32Array.of(7).buffer);
  await stage.close();
  return logits;
}

test('a model of blocks of all kinds computes what the numbers compute that they stand for', { skip }, async () => {
  assert.ok(farthest(await logitsOf(gguf), await logitsOf(plain)) < 1e-4);
});

test('a file that ends early, or is something else, is refused with its name', () => {
  const cut = join(folder, 'cut.gguf');
  for (const size of [3, 30, 4000, readFileSync(gguf).length - 100_000]) {
    copyFileSync(gguf, cut);
    truncateSync(cut, size);
    assert.throws(() => openModel(cut), { code: 'model_invalid' }, `${size} bytes`);
  }
  const bytes = readFileSync(gguf);
  bytes.writeUInt32LE(2 ** 31, 8);
  writeFileSync(cut, bytes);
  assert.throws(() => openModel(cut), { code: 'model_invalid' });
  assert.throws(() => openModel(join(folder, 'gone')), { code: 'not_found' });
});

test('safetensors that end early, lead elsewhere or are of another architecture are refused', () => {
  const files = ['config.json', 'model.safetensors', 'generation_config.json'];
  for (const [at, spoil] of [
    () => truncateSync(join(folder, 'bad0', 'model.safetensors'), 100_000),
    () => writeFileSync(join(folder, 'bad1', 'config.json'), '{"model_type":"gpt2"}'),
    () => writeFileSync(join(folder, 'bad2', 'config.json'), '{'),
    () => writeFileSync(join(folder, 'bad3', 'model.safetensors.index.json'), '{"weight_map":{"a":"../x"}}'),
    () => rmSync(join(folder, 'bad4', 'model.safetensors')),
  ].entries()) {
    const bad = join(folder, `bad${at}`);
    copyFolder(bad, files);
    spoil();
    assert.throws(() => openModel(bad), { code: 'model_invalid' }, `${at}`);
  }
});

function copyFolder(to: string, files: readonly string[]): void {
  mkdirSync(to);
  for (const file of files) copyFileSync(join(TINY, file), join(to, file));
}

const real = modelPath('smollm2');
const noReal = existsSync(real) ? false : 'SmolLM2 is not here: tallystick ai fetch smollm2';

test('SmolLM2, a real model in blocks of 4 bits, answers as in 32 bits', { skip: skip || noReal }, async () => {
  const model = openModel(real);
  const codec = new TextCodec(model.tokenizerFiles());
  const { cases } = JSON.parse(goldenText('language/smollm2.json')) as {
    cases: { [name: string]: { text: string; input_ids: number[]; greedy: number[] } };
  };
  const engine = await Engine.open(model, { context: 128, slots: 2 });
  for (const { text, input_ids, greedy } of Object.values(cases)) {
    assert.deepEqual(codec.encode(text), input_ids);
    const tokens: number[] = [];
    for await (const { token } of engine.ask({ prompt: input_ids, tokensMax: 32, ends: [], temperature: 0 })) {
      tokens.push(token);
    }
    assert.deepEqual(tokens, greedy);
  }
  await engine.close();
});
