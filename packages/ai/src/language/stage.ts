/**
 * One stage at work: a session of ONNX Runtime, and the keys and values of each request that passes through it.
 *
 * Every request has a slot in the arrays of keys and values, with room for all of its context. Requests that take a
 * step together must lie side by side, so slots change places when others join or leave. A request's numbers do not
 * depend on its slot, nor on who takes the step with it: a test compares them bit by bit.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, TallystickError } from 'tallystick/internal';
import { loadRuntime, type Runtime, type RuntimeTensor, type Session, sessionOptions } from '../onnx/runtime.ts';
import type { Row } from './frames.ts';
import type { ModelShape } from './shape.ts';
import { StageFiles } from './stage-files.ts';
import { buildStage, type StageGraphOptions } from './stage-graph.ts';
import type { Weights } from './weights.ts';

export interface StageOptions extends StageGraphOptions {
  /** Requests that can be on their way at once. */
  readonly slots: number;
  readonly threads: number;
}

const FREE = -1;
type Tensors = { readonly [name: string]: RuntimeTensor };

export class Stage {
  readonly #runtime: Runtime;
  readonly #session: Session;
  readonly #shape: ModelShape;
  readonly #options: StageOptions;
  /** Keys and values by their name in the graph without `past_` or `present_`. */
  readonly #caches = new Map<string, Float32Array>();
  /** Request in each slot, and how many of its tokens are cached. */
  readonly #owners: Int32Array;
  readonly #lengths: Uint32Array;
  readonly #feeds = new Map<string, { readonly past: Tensors; readonly present: Tensors }>();

  private constructor(runtime: Runtime, session: Session, shape: ModelShape, options: StageOptions) {
    this.#runtime = runtime;
    this.#session = session;
    this.#shape = shape;
    this.#options = options;
    this.#owners = new Int32Array(options.slots).fill(FREE);
    this.#lengths = new Uint32Array(options.slots);
    for (let layer = options.from; layer < options.to; layer++) {
      this.#caches.set(`key.${layer}`, new Float32Array(options.slots * this.#stride));
      this.#caches.set(`value.${layer}`, new Float32Array(options.slots * this.#stride));
    }
  }

  /** Rejects with `model_invalid` or `package_missing`. */
  static async open(shape: ModelShape, weights: Weights, options: StageOptions): Promise<Stage> {
    const runtime = await loadRuntime();
    const files = new StageFiles();
    try {
      const path = join(files.folder, 'stage.onnx');
      writeFileSync(path, buildStage(shape, weights, files, options));
      files.seal();
      const session = await runtime.InferenceSession.create(path, sessionOptions(options.threads));
      return new Stage(runtime, session, shape, options);
    } finally {
      files.remove();
    }
  }

  /** Requests that have a slot. */
  get used(): number {
    return this.#owners.filter((owner) => owner !== FREE).length;
  }

  get isFirst(): boolean {
    return this.#options.from === 0;
  }

  get isLast(): boolean {
    return this.#options.to === this.#shape.layers;
  }

  /**
   * Passes tokens through: any number of one request, or one each of several. `input` has ids for the first stage, and
   * hidden states, `tokens x hidden`, for others. Resolves with hidden states, or with the logits of each row's last
   * token. Rejects with `invalid_argument` if a row's position is not where its request stands; then nothing changed.
   */
  async forward(rows: readonly Row[], input: ArrayBuffer): Promise<Float32Array> {
    this.#check(rows, input);
    for (const row of rows) if (row.position === 0) this.#open(row.request);
    const start = this.#arrange(rows);
    const { past, present } = this.#tensors(start, rows.length);
    const last = this.isLast ? 'logits' : 'hidden_out';
    const found = await this.#session.run({ ...past, ...this.#inputs(rows, input) }, { ...present, [last]: null });
    for (const [index, row] of rows.entries()) this.#lengths[start + index] = row.position + row.tokens;
    return found[last]!.data as Float32Array;
  }

  /** Forgets requests; those that it does not know have been forgotten. */
  free(requests: Iterable<number>): void {
    for (const request of requests) {
      const slot = this.#owners.indexOf(request);
      if (slot !== FREE) this.#owners[slot] = FREE;
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** Keys or values of one request in one layer, `heads x tokens x size`: for tests. */
  cached(request: number, part: 'key' | 'value', layer: number): Float32Array {
    const slot = this.#owners.indexOf(request);
    const { keyHeads, headSize } = this.#shape;
    const tokens = this.#lengths[slot]!;
    const found = new Float32Array(keyHeads * tokens * headSize);
    for (let head = 0; head < keyHeads; head++) {
      const at = slot * this.#stride + head * this.#options.context * headSize;
      const one = this.#caches.get(`${part}.${layer}`)!.subarray(at, at + tokens * headSize);
      found.set(one, head * tokens * headSize);
    }
    return found;
  }

  /** Numbers in a slot. */
  get #stride(): number {
    return this.#shape.keyHeads * this.#options.context * this.#shape.headSize;
  }

  #check(rows: readonly Row[], input: ArrayBuffer): void {
    const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
    const width = this.isFirst ? 1 : this.#shape.hidden;
    if (rows.length > 1 && tokens !== rows.length) throw refused('several rows have one token each', rows);
    if (tokens === 0 || input.byteLength !== 4 * tokens * width) throw refused('the input has another size', rows);
    const wrong = rows.filter(({ request, position, tokens: more }) => {
      const slot = this.#owners.indexOf(request);
      const length = slot === FREE ? 0 : this.#lengths[slot]!;
      return position !== length || (position === 0 && slot !== FREE) || position + more > this.#options.context;
    });
    if (wrong.length > 0) throw refused('the position is not the one behind the tokens before', wrong);
    const opening = rows.filter(({ position }) => position === 0).length;
    if (this.used + opening > this.#options.slots) throw refused(`all ${this.#options.slots} slots are used`, rows);
    if (new Set(rows.map(({ request }) => request)).size !== rows.length) throw refused('a request is twice', rows);
  }

  #open(request: number): void {
    const slot = this.#owners.indexOf(FREE);
    assert(slot !== FREE, 'a slot was free');
    this.#owners[slot] = request;
    this.#lengths[slot] = 0;
  }

  /** Lets the rows' slots lie side by side in their order; returns the first. */
  #arrange(rows: readonly Row[]): number {
    if (rows.length === 1) return this.#owners.indexOf(rows[0]!.request);
    for (const [place, { request }] of rows.entries()) {
      const slot = this.#owners.indexOf(request);
      if (slot !== place) this.#swap(slot, place);
    }
    return 0;
  }

  #swap(one: number, other: number): void {
    const { keyHeads, headSize } = this.#shape;
    const size = Math.max(this.#lengths[one]!, this.#lengths[other]!) * headSize;
    for (const cache of this.#caches.values()) {
      for (let head = 0; head < keyHeads; head++) {
        const within = head * this.#options.context * headSize;
        const [from, to] = [one * this.#stride + within, other * this.#stride + within];
        const kept = cache.slice(to, to + size);
        cache.copyWithin(to, from, from + size);
        cache.set(kept, from);
      }
    }
    for (const words of [this.#owners, this.#lengths]) {
      [words[one], words[other]] = [words[other]!, words[one]!];
    }
  }

  /** Views of `count` slots from `start` on, once as what goes in and once as what comes out: the same memory. */
  #tensors(start: number, count: number): { readonly past: Tensors; readonly present: Tensors } {
    const key = `${start} ${count}`;
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const { keyHeads, headSize } = this.#shape;
    const dims = [count, keyHeads, this.#options.context, headSize];
    const past: { [name: string]: RuntimeTensor } = {};
    const present: { [name: string]: RuntimeTensor } = {};
    for (const [name, cache] of this.#caches) {
      const part = cache.subarray(start * this.#stride, (start + count) * this.#stride);
      const tensor = new this.#runtime.Tensor('float32', part, dims);
      past[`past_${name}`] = tensor;
      present[`present_${name}`] = tensor;
    }
    const found = { past, present };
    this.#feeds.set(key, found);
    return found;
  }

  #inputs(rows: readonly Row[], input: ArrayBuffer): Tensors {
    const { Tensor } = this.#runtime;
    const ends = rows.map(({ position, tokens }) => position + tokens);
    const each = rows[0]!.tokens;
    const tokens = each * rows.length;
    const inputs: { [name: string]: RuntimeTensor } = {
      grid: new Tensor('int64', BigInt64Array.of(BigInt(rows.length), BigInt(each), -1n), [3]),
      lengths: new Tensor(
        'int32',
        Int32Array.from(ends, (end) => end - 1),
        [rows.length],
      ),
      longest: new Tensor('int32', Int32Array.of(Math.max(...ends)), []),
    };
    if (this.isFirst) inputs.ids = new Tensor('int64', BigInt64Array.from(new Int32Array(input), BigInt), [tokens]);
    else inputs.hidden_in = new Tensor('float32', new Float32Array(input), [tokens, this.#shape.hidden]);
    if (this.isLast) {
      const wanted = BigInt64Array.from(rows, (_, row) => BigInt((row + 1) * each - 1));
      inputs.wanted = new Tensor('int64', wanted, [rows.length]);
    }
    return inputs;
  }
}

function refused(why: string, rows: readonly Row[]): TallystickError {
  const requests = rows.map(({ request }) => request);
  return new TallystickError('invalid_argument', `requests ${requests.join(', ')}: ${why}`, { field: 'rows' });
}
