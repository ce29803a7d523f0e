/**
 * Joins requests to one model that come close together: what can be joined waits at most `queueMs` for others, or until
 * `rowsMax` rows are there, or while the model computes. Each gets its own rows back.
 */
import { TallystickError } from 'tallystick/internal';
import { joinedRows, rowsOf, type TensorValue } from './tensor.ts';
import type { TensorProcess } from './tensor-process.ts';

export interface InferOptions {
  readonly inputs: readonly TensorValue[];
  /** Names of outputs. */
  readonly outputs: readonly string[];
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BatcherOptions {
  readonly queueMs: number;
  readonly rowsMax: number;
  /** Requests that wait; more are refused. */
  readonly waitingMax: number;
  readonly computed: (rows: number, queuedMs: readonly number[], computeMs: number) => void;
}

interface Waiting extends InferOptions {
  /** Requests with the same key are computed together; undefined: alone. */
  readonly key: string | undefined;
  readonly rows: number;
  readonly atMs: number;
  readonly done: (outputs: readonly TensorValue[]) => void;
  readonly failed: (error: Error) => void;
}

export class Batcher {
  readonly process: TensorProcess;
  readonly #options: BatcherOptions;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

  constructor(process: TensorProcess, options: BatcherOptions) {
    this.process = process;
    this.#options = options;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Rejects with `model_busy`, `deadline_exceeded`, `closed` (its caller left), `invalid_argument`, `stage_lost`. */
  infer(options: InferOptions): Promise<readonly TensorValue[]> {
    const { queueMs, waitingMax } = this.#options;
    if (this.#waiting.length >= waitingMax) {
      const retryAfterMs = Math.max(1, queueMs);
      return Promise.reject(new TallystickError('model_busy', `${waitingMax} requests wait already`, { retryAfterMs }));
    }
    return new Promise((done, failed) => {
      const key = this.#keyOf(options);
      const rows = options.inputs[0]?.shape[0] ?? 1;
      this.#waiting.push({ ...options, key, rows, atMs: performance.now(), done, failed });
      this.#look();
    });
  }

  #look(): void {
    if (this.#isBusy) return;
    clearTimeout(this.#timer);
    this.#dropLate();
    const [first] = this.#waiting;
    if (first === undefined) return;
    const batch = this.#batchOf(first);
    const rows = batch.reduce((sum, one) => sum + one.rows, 0);
    const waitMs = first.atMs + this.#options.queueMs - performance.now();
    if (first.key === undefined || rows >= this.#options.rowsMax || waitMs <= 0) void this.#compute(batch);
    else this.#timer = setTimeout(() => this.#look(), waitMs);
  }

  /** The oldest request and those that can go with it, in their order. */
  #batchOf(first: Waiting): Waiting[] {
    if (first.key === undefined) return [first];
    const batch: Waiting[] = [];
    let rows = 0;
    for (const one of this.#waiting) {
      if (one.key !== first.key) continue;
      if (batch.length > 0 && rows + one.rows > this.#options.rowsMax) break;
      batch.push(one);
      rows += one.rows;
    }
    return batch;
  }

  #dropLate(): void {
    const now = performance.now();
    this.#waiting = this.#waiting.filter((one) => {
      if (one.signal?.aborted === true) one.failed(new TallystickError('closed', 'the caller left'));
      else if (now > one.atMs + (one.timeoutMs ?? Number.POSITIVE_INFINITY)) {
        one.failed(new TallystickError('deadline_exceeded', `the request waited for ${one.timeoutMs} ms`));
      } else return true;
      return false;
    });
  }

  async #compute(batch: readonly Waiting[]): Promise<void> {
    this.#isBusy = true;
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((one) => !taken.has(one));
    const now = performance.now();
    try {
      const inputs = batch[0]!.inputs.map((_, at) => joinedRows(batch.map((one) => one.inputs[at]!)));
      const { outputs, ms } = await this.process.compute(inputs, batch[0]!.outputs);
      const rows = batch.reduce((sum, one) => sum + one.rows, 0);
      this.#options.computed(
        rows,
        batch.map(({ atMs }) => now - atMs),
        ms,
      );
      if (batch.length === 1) batch[0]!.done(outputs);
      else deal(batch, outputs, rows);
    } catch (error) {
      // One request may have spoilt it for the others: each is asked again, alone.
      if (batch.length > 1 && !this.process.isLost) {
        this.#waiting.unshift(...batch.map((one) => ({ ...one, key: undefined })));
      } else for (const one of batch) one.failed(error as Error);
    }
    this.#isBusy = false;
    this.#look();
  }

  /** Inputs, outputs and shapes behind the first dimension, which all inputs must leave open. */
  #keyOf({ inputs, outputs }: InferOptions): string | undefined {
    const { process } = this;
    const rows = inputs[0]?.shape[0];
    const isOpen = [...process.inputs, ...process.outputs].every(({ shape }) => shape[0] === -1);
    if (!isOpen || rows === undefined || rows === 0 || inputs.some(({ shape }) => shape[0] !== rows)) return undefined;
    if (this.#options.rowsMax === 1) return undefined;
    const shapes = inputs.map(({ name, datatype, shape }) => [name, datatype, ...shape.slice(1)]);
    return JSON.stringify([shapes, outputs]);
  }
}

function deal(batch: readonly Waiting[], outputs: readonly TensorValue[], rows: number): void {
  const odd = outputs.find(({ shape }) => shape[0] !== rows);
  if (odd !== undefined)
    throw new TallystickError('model_invalid', `output ${odd.name} has not a row for each of its input`);
  let from = 0;
  for (const one of batch) {
    const to = from + one.rows;
    one.done(outputs.map((output) => rowsOf(output, from, to)));
    from = to;
  }
}
