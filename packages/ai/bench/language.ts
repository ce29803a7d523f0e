/** Language models: how near they are to PyTorch, how many tokens they make, how long a lost stage is missed. */
import { existsSync } from 'node:fs';
import type { Answer } from '../src/language/answer.ts';
import { Engine } from '../src/language/engine.ts';
import { openModel } from '../src/language/model.ts';
import { likeliest } from '../src/language/sampler.ts';
import { modelPath } from '../src/language/shipped.ts';
import { Stage } from '../src/language/stage.ts';
import { casesOf, farthest, numbers, tiny } from '../test/language.ts';
import { missing, type Row, rowOf } from './rows.ts';

const TOKENS = 32;
const CONTEXT = 512;
const MS_A_SECOND = 1000;
const cases = casesOf('tiny-qwen2');

export async function languageRows(engine: Engine): Promise<Row[]> {
  return [await logitsRow(), await tokensRow(engine), await lostRow(), ...(await realRows())];
}

async function logitsRow(): Promise<Row> {
  const { shape, weights } = tiny();
  const options = { slots: 1, context: 256, threads: 1, activations: 'float32' } as const;
  const stage = await Stage.open(shape, weights, { from: 0, to: shape.layers, ...options });
  let most = 0;
  for (const [at, name] of ['p1', 'p129', 'chat'].entries()) {
    const { input_ids, greedy } = cases[name]!;
    const request = at + 1;
    const step = (position: number, ids: readonly number[]): Promise<Float32Array> =>
      stage.forward([{ request, position, tokens: ids.length }], Int32Array.from(ids).buffer);
    await step(0, input_ids);
    const told = numbers(`tiny-qwen2/${name}.decode_logits`);
    for (let place = 0; place < TOKENS - 1; place++) {
      const logits = await step(input_ids.length + place, [greedy[place]!]);
      most = Math.max(most, farthest(logits, told.subarray(place * logits.length, (place + 1) * logits.length)));
      if (likeliest(logits) !== greedy[place + 1]) most = Number.POSITIVE_INFINITY;
    }
    stage.free([request]);
  }
  await stage.close();
  return rowOf('stages against PyTorch, logits', most, {
    must: 1e-4,
    aim: 2e-5,
    unit: 'largest difference',
    better: 'less',
  });
}

async function tokensOf(answer: Answer): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { token } of answer) tokens.push(token);
  return tokens;
}

/** All golden cases twice at once. */
async function tokensRow(engine: Engine): Promise<Row> {
  const names = [...Object.keys(cases), ...Object.keys(cases)];
  const answers = await Promise.all(
    names.map((name) =>
      tokensOf(engine.ask({ prompt: cases[name]!.input_ids, tokensMax: TOKENS, ends: [], temperature: 0 })),
    ),
  );
  const equal = answers.flatMap((tokens, at) =>
    tokens.filter((token, place) => token === cases[names[at]!]!.greedy[place]),
  );
  const share = (100 * equal.length) / (names.length * TOKENS);
  return rowOf('greedy tokens of golden cases, 8 at once', share, {
    must: 100,
    aim: 100,
    unit: '% equal',
    better: 'more',
  });
}

/** From the death of a stage to the next token, with the golden tokens behind it. */
async function lostRow(): Promise<Row> {
  const engine = await Engine.open(tiny(), { context: CONTEXT, slots: 2, recoverMsMax: 60_000 });
  try {
    const { input_ids, greedy } = cases.p129!;
    const answer = engine.ask({ prompt: input_ids, tokensMax: TOKENS, ends: [], temperature: 0 });
    const tokens: number[] = [];
    let killed = 0;
    let missed = Number.POSITIVE_INFINITY;
    for await (const { token } of answer) {
      tokens.push(token);
      if (killed > 0 && missed === Number.POSITIVE_INFINITY) missed = performance.now() - killed;
      if (tokens.length !== 10) continue;
      process.kill(engine.stages[1]!.pid!, 'SIGKILL');
      killed = performance.now();
    }
    const seconds = tokens.join() === greedy.join() ? missed / MS_A_SECOND : Number.POSITIVE_INFINITY;
    const bars = { must: 5, aim: 2, unit: 's to the next token', better: 'less' } as const;
    return rowOf('a stage killed in an answer, which stays the same', seconds, bars);
  } finally {
    await engine.close();
  }
}

async function realRows(): Promise<Row[]> {
  const bars = { must: 30, aim: 50, unit: 'tokens/s', better: 'more' } as const;
  const name = 'SmolLM2 in its own blocks of 4 bits, one answer';
  const path = modelPath('smollm2');
  if (!existsSync(path)) return [missing(name, 'SmolLM2 is not here: tallystick ai fetch smollm2', bars)];
  const rows: Row[] = [];
  for (const activations of ['float32', 'int8'] as const) {
    const engine = await Engine.open(openModel(path), { context: CONTEXT, slots: 1, activations, threads: 2 });
    const ask = { prompt: [504, 3575, 282, 4649, 314], ends: [], temperature: 0 };
    await tokensOf(engine.ask({ ...ask, tokensMax: 4 }));
    const from = performance.now();
    await tokensOf(engine.ask({ ...ask, tokensMax: 64 }));
    rows.push(rowOf(`${name}, computed in ${activations}`, (64 * MS_A_SECOND) / (performance.now() - from), bars));
    await engine.close();
  }
  return rows;
}
