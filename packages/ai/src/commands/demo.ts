/**
 * `tallystick demo ai`: a dataset that is resumed after a kill, a fraud model in the way of live payments, and a model
 * in three processes, one of which is killed while it answers.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TallystickError } from 'tallystick/internal';
import { load } from '../data/loader.ts';
import { readState } from '../data/loader-state.ts';
import { Action } from '../fraud/decision.ts';
import { makeManifest } from '../fraud/make-manifest.ts';
import { Engine } from '../language/engine.ts';
import { openModel } from '../language/model.ts';
import { modelPath, TINY_MODEL } from '../language/shipped.ts';
import { TextCodec } from '../language/tokenizer.ts';
import { Random } from '../random.ts';
import { compare } from '../simulator/compare.ts';
import { simulate } from '../simulator/run.ts';
import { writeLightgbm } from '../trees/lightgbm.ts';

type Say = (line: string) => void;

const SAMPLES = 2000;
const KILL_AFTER = 600;
const TOKENS = 32;

/** Resolves with the number of things that did not go as they should. */
export async function demoAi(say: Say): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-demo-'));
  try {
    say('A dataset is read, and its reader killed');
    let wrong = await showDataset(folder, say);
    say('\nA fraud model in the way of payments');
    wrong += await showFraud(say);
    say('\nA language model in three processes');
    wrong += await showLanguage(say);
    return wrong;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function showDataset(folder: string, say: Say): Promise<number> {
  const path = join(folder, 'payments.csv');
  const state = join(folder, 'state.json');
  const random = new Random(3);
  const rows = Array.from({ length: SAMPLES }, () => `${random.below(5000)},${random.below(24)},${random.below(2)}`);
  writeFileSync(path, `amount,hour,fraud\n${rows.join('\n')}\n`);
  const seen = await readUntilKilled(path, state);
  const spec = { kind: 'features', path, label: 'fraud' } as const;
  await using loader = await load(spec, { batch: 16, shuffle: { seed: 5 }, workers: 1, resume: readState(state) });
  const before = loader.state().next;
  const rest: number[] = [];
  for await (const { ids } of loader) rest.push(...[...ids].map(Number));
  // Behind the last saved state the killed reader may have read a batch that nobody saved.
  const all = [...seen.slice(0, before), ...rest];
  const isWhole = all.length === SAMPLES && new Set(all).size === SAMPLES;
  say(`  killed behind sample ${seen.length} of ${SAMPLES}, by two workers; resumed behind ${before} by one`);
  say(`  ${isWhole ? 'every sample came once, in the order of the seed' : 'SAMPLES ARE MISSING OR CAME TWICE'}`);
  return isWhole ? 0 : 1;
}

/** The numbers of the samples, in their order. */
async function readUntilKilled(path: string, state: string): Promise<number[]> {
  const program = fileURLToPath(new URL('./demo-stream.js', import.meta.url));
  const child = spawn(process.execPath, [program, path, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.split(/\s+/).length > KILL_AFTER) child.kill('SIGKILL');
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split(/\s+/).filter(Boolean).map(Number);
}

async function showFraud(say: Say): Promise<number> {
  const seen = await simulate({ seed: 1, accounts: 150, days: 14, casesOfEach: 15 });
  const { model, trained, precision } = compare(seen, 10);
  const { trees, amount } = precision.all!;
  say(`  trained on ${trained.rows} payments of a simulated world, of which ${trained.frauds} were frauds`);
  say(`  average precision on the days after: ${trees.toFixed(2)}; by the amount alone ${amount.toFixed(2)}`);
  const manifest = makeManifest(model, seen.features, { reviewShare: 0.02, denyShare: 0.02 });
  const active = { bytes: new TextEncoder().encode(writeLightgbm(model)), manifest };
  const live = await simulate({ seed: 2, accounts: 100, days: 6, casesOfEach: 8, active });
  const stopped = (isFraud: boolean): [number, number] => {
    const own = live.payments.flatMap(({ scenario }, at) => ((scenario !== undefined) === isFraud ? [at] : []));
    const acted = own.filter((at) => live.actions[at] === Action.deny || live.actions[at] === Action.review);
    return [acted.length, own.length];
  };
  const [caught, frauds] = stopped(true);
  const [bothered, honest] = stopped(false);
  say(`  then, in front of another world's ledger, it denied or held ${caught} of ${frauds} planted frauds`);
  say(`  and ${bothered} of ${honest} honest payments; each decision lies in its transfer`);
  return caught > frauds / 3 && bothered < honest / 10 ? 0 : 1;
}

async function showLanguage(say: Say): Promise<number> {
  let engine: Engine;
  const model = openModel(modelPath(TINY_MODEL));
  try {
    engine = await Engine.open(model, { context: 512, slots: 2, recoverMsMax: 60_000 });
  } catch (error) {
    if (!(error instanceof TallystickError) || error.code !== 'package_missing') throw error;
    say(`  left out: ${error.message}`);
    return 0;
  }
  const codec = new TextCodec(model.tokenizerFiles());
  try {
    const questions = ['What is a pending transfer?', 'What does the ledger promise?'];
    const alone: string[] = [];
    for (const question of questions) alone.push(await ask(engine, codec, question));
    let killed = 0;
    const kill = (): void => {
      if (killed === 0) process.kill(engine.stages[1]!.pid!, 'SIGKILL');
      killed ||= performance.now();
    };
    const both = await Promise.all(questions.map((question) => ask(engine, codec, question, kill)));
    const seconds = ((performance.now() - killed) / 1000).toFixed(1);
    for (const [at, question] of questions.entries()) say(`  ${question}\n    ${JSON.stringify(both[at])}`);
    const { from, to } = engine.stages[1]!;
    const isSame = both.every((text, at) => text === alone[at]);
    say(`  asked together, the process of layers ${from} to ${to - 1} killed in between`);
    say(isSame ? `  each has the answer that it gets alone, ${seconds} s after the kill` : '  AN ANSWER CHANGED');
    return isSame ? 0 : 1;
  } finally {
    await engine.close();
  }
}

/** `eighth` is called at the eighth token. */
async function ask(engine: Engine, codec: TextCodec, content: string, eighth?: () => void): Promise<string> {
  const prompt = codec.encodeChat([{ role: 'user', content }]);
  const tokens: number[] = [];
  for await (const { token } of engine.ask({ prompt, tokensMax: TOKENS, ends: [], temperature: 0 })) {
    tokens.push(token);
    if (tokens.length === 8) eighth?.();
  }
  return codec.decode(tokens);
}
