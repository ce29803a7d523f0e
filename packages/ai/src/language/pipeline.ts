/**
 * A model in stages: one process for each, in a row. Whoever asks hands tokens to the first and gets logits from the
 * last; what lies between passes through here, because this is the one place that knows which requests exist.
 *
 *   ids ──> stage 0 ──hidden──> stage 1 ──hidden──> stage 2 ──logits──>
 *
 * Every stage takes steps in the order in which they were sent, so a long prompt can be in one stage while others
 * answer from the next. A stage that dies takes the keys and values of its layers with it: the pipeline says so, starts
 * it again, and whoever asked has to send its tokens again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TallystickError } from 'tallystick/internal';
import type { Row } from './frames.ts';
import type { LanguageModel } from './model.ts';
import type { StageGraphOptions, StageRange } from './stage-graph.ts';
import { lost, StageLink } from './stage-link.ts';
import type { StageCommand } from './stage-main.ts';
import type { StageHello } from './stage-server.ts';

export interface PipelineOptions {
  /** First layers of the stages after the first, in ascending order; by default about three stages of the same size. */
  readonly borders?: readonly number[] | undefined;
  /** Tokens of a request at most, its prompt and its answer; by default what the model can, up to 4,096. */
  readonly context?: number | undefined;
  /** Requests that are on their way at once. */
  readonly slots?: number | undefined;
  /** Of each stage. */
  readonly threads?: number | undefined;
  readonly activations?: StageGraphOptions['activations'] | undefined;
  /** A stage that answers nothing for this long is lost. */
  readonly stepMsMax?: number | undefined;
  /** Connects to a stage on another machine; undefined: stages are processes of this one. */
  readonly connect?: ((stage: number, range: StageRange) => Promise<Duplex>) | undefined;
}

interface Place {
  readonly range: StageRange;
  link: StageLink | undefined;
  child: ChildProcess | undefined;
}

const CONTEXT_DEFAULT = 4096;
const STAGES_DEFAULT = 3;
const KILL_MS = 2000;

export class Pipeline {
  readonly context: number;
  readonly slots: number;
  readonly #model: LanguageModel;
  readonly #options: PipelineOptions;
  readonly #places: Place[];
  #isClosed = false;

  private constructor(model: LanguageModel, options: PipelineOptions) {
    this.#model = model;
    this.#options = options;
    this.context = Math.min(options.context ?? CONTEXT_DEFAULT, model.shape.context);
    this.slots = options.slots ?? 8;
    const ranges = rangesOf(model.shape.layers, options.borders);
    this.#places = ranges.map((range) => ({ range, link: undefined, child: undefined }));
  }

  /** Rejects with `package_missing`, `model_invalid`, `invalid_argument` (borders) or `stage_lost`. */
  static async open(model: LanguageModel, options: PipelineOptions = {}): Promise<Pipeline> {
    const pipeline = new Pipeline(model, options);
    try {
      await pipeline.start();
    } catch (error) {
      await pipeline.close();
      throw error;
    }
    return pipeline;
  }

  get vocabulary(): number {
    return this.#model.shape.vocabulary;
  }

  /** Layers of each stage, and the number of its process where it has one here. */
  get stages(): readonly (StageRange & { readonly pid: number | undefined })[] {
    return this.#places.map(({ range, child }) => ({ ...range, pid: child?.pid }));
  }

  /** Starts the stages that are not there. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place, stage) => this.#begin(place, stage)));
  }

  /**
   * The logits of each row's last token, one row after the other. Rejects with `stage_lost`, after which no request's
   * keys and values are whole, or with `invalid_argument` where a stage refuses the rows.
   */
  async forward(rows: readonly Row[], ids: Int32Array): Promise<Float32Array> {
    let data: Int32Array | Float32Array = ids;
    for (const { link } of this.#places) {
      if (link === undefined) throw lost('a stage', 'it has not begun again yet');
      data = await link.forward(rows, data);
    }
    return data as Float32Array;
  }

  /** Every stage forgets these requests once it has done what was asked before. */
  free(requests: readonly number[]): void {
    for (const { link } of this.#places) link?.free(requests);
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      this.#places.map(async ({ link, child }) => {
        link?.fail(new TallystickError('closed', 'the model was closed'));
        if (child !== undefined) await ended(child);
      }),
    );
  }

  async #begin(place: Place, stage: number): Promise<void> {
    if (place.link !== undefined || this.#isClosed) return;
    const { from, to } = place.range;
    const name = `the stage of layers ${from} to ${to - 1}`;
    const { stream, child } = await this.#reach(place.range, stage);
    const link = new StageLink(name, stream, this.#options.stepMsMax ?? 60_000);
    place.link = link;
    place.child = child;
    void link.lost.then(() => {
      if (place.link === link) place.link = undefined;
      child?.kill('SIGKILL');
    });
    this.#check(await link.hello(), place.range, name);
  }

  async #reach(range: StageRange, stage: number): Promise<{ stream: Duplex; child: ChildProcess | undefined }> {
    const { connect, threads = 1, activations = 'float32' } = this.#options;
    if (connect !== undefined) return { stream: await connect(stage, range), child: undefined };
    const { slots, context } = this;
    const command: StageCommand = { model: this.#model.path, ...range, context, slots, threads, activations };
    const program = fileURLToPath(new URL('./stage-main.js', import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(command)], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    child.once('error', () => {});
    return { stream: child.stdio[3] as Duplex, child };
  }

  #check(hello: StageHello, { from, to }: StageRange, name: string): void {
    const { context, slots } = this;
    const isSame = hello.fingerprint === this.#model.fingerprint && hello.from === from && hello.to === to;
    if (isSame && hello.context >= context && hello.slots >= slots) return;
    const said = `layers ${hello.from} to ${hello.to - 1}, ${hello.slots} slots of ${hello.context} tokens`;
    throw new TallystickError('model_invalid', `${name} has ${said}, or another model`);
  }
}

/** Layers of each stage. Throws `invalid_argument`. */
export function rangesOf(layers: number, borders?: readonly number[]): StageRange[] {
  const count = Math.min(STAGES_DEFAULT, layers);
  const inner = borders ?? Array.from({ length: count - 1 }, (_, at) => Math.ceil(((at + 1) * layers) / count));
  const all = [0, ...inner, layers];
  const ranges = all.slice(1).map((to, stage) => ({ from: all[stage]!, to }));
  if (ranges.every(({ from, to }) => Number.isInteger(to) && from < to)) return ranges;
  const what = `stages begin at ascending layers from 1 to ${layers - 1}, not at ${inner.join(', ')}`;
  throw new TallystickError('invalid_argument', what, { field: 'borders' });
}

/** Resolves when the process is gone: by itself, as its stream has ended, or killed. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
