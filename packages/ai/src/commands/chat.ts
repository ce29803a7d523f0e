/** `tallystick ai chat`: a conversation with a model at a terminal, or one answer for a pipe. */
import { createInterface } from 'node:readline/promises';
import { Engine } from '../language/engine.ts';
import { openModel } from '../language/model.ts';
import type { PipelineOptions } from '../language/pipeline.ts';
import type { SamplerOptions } from '../language/sampler.ts';
import { modelPath } from '../language/shipped.ts';
import { TextStream } from '../language/text-stream.ts';
import { type Message, TextCodec } from '../language/tokenizer.ts';

export interface ChatOptions extends PipelineOptions, SamplerOptions {
  /** Path or name. */
  readonly model: string;
  /** Answers this, and leaves. */
  readonly prompt?: string | undefined;
  /** What the model is told before the conversation. */
  readonly system?: string | undefined;
  readonly tokensMax?: number | undefined;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

const TOKENS_MAX = 512;

/** Resolves when the conversation is over. Rejects as models do that cannot be opened. */
export async function chat(options: ChatOptions): Promise<void> {
  const model = openModel(modelPath(options.model));
  const codec = new TextCodec(model.tokenizerFiles());
  const engine = await Engine.open(model, { ...options, slots: 1 });
  const told: Message[] = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  try {
    if (options.prompt !== undefined) {
      await answer(engine, codec, [...told, { role: 'user', content: options.prompt }], options);
      return;
    }
    await converse(engine, codec, told, options);
  } finally {
    await engine.close();
  }
}

async function converse(engine: Engine, codec: TextCodec, told: Message[], options: ChatOptions): Promise<void> {
  const { input, output } = options;
  output.write(`${engine.model.name} is here; an empty line or Ctrl-D ends the conversation.\n`);
  const lines = createInterface({ input, output, prompt: '> ' });
  try {
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === '') return;
      told.push({ role: 'user', content: line });
      const content = await answer(engine, codec, told, options);
      told.push({ role: 'assistant', content });
      lines.prompt();
    }
  } finally {
    lines.close();
  }
}

/** Models without a template go on with the text of the last message. */
async function answer(
  engine: Engine,
  codec: TextCodec,
  told: readonly Message[],
  options: ChatOptions,
): Promise<string> {
  const prompt = codec.hasTemplate ? codec.encodeChat(told) : codec.encode(told.at(-1)!.content);
  const { temperature, topP, topK, seed } = options;
  const said = Object.fromEntries(
    Object.entries({ temperature, topP, topK, seed }).filter(([, value]) => value !== undefined),
  );
  const tokensMax = options.tokensMax ?? TOKENS_MAX;
  const text = new TextStream(codec);
  const shown: string[] = [];
  const show = (part: string): void => {
    shown.push(part);
    options.output.write(part);
  };
  for await (const { token } of engine.ask({ prompt, tokensMax, ...engine.model.defaults, ...said })) {
    show(text.push(token));
  }
  show(text.end());
  options.output.write('\n');
  return shown.join('');
}
