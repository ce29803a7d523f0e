/** Threads that read for loaders. One pool may serve several loaders, one after the other or at once. */
import { Worker } from 'node:worker_threads';
import type { Filled } from './filled.ts';
import type { SourceSpec } from './open-source.ts';
import { invalidData } from './source.ts';

export type ToThread =
  | { readonly kind: 'open'; readonly loader: number; readonly spec: SourceSpec }
  | {
      readonly kind: 'read';
      readonly loader: number;
      readonly step: number;
      readonly indexes: readonly number[];
      readonly buffer: SharedArrayBuffer;
      /** Byte at which the step's numbers begin. */
      readonly at: number;
    }
  | { readonly kind: 'close'; readonly loader: number };

export type FromThread = { readonly loader: number; readonly step: number } & (
  | { readonly filled: Filled }
  | { readonly failed: string }
);

type Waiting = { readonly done: (filled: Filled) => void; readonly failed: (error: unknown) => void };

export class ReaderPool {
  readonly #threads: Worker[];
  readonly #waiting = new Map<string, Waiting>();
  #loaders = 0;
  #failure: unknown;

  constructor(threads: number) {
    this.#threads = Array.from({ length: threads }, () => {
      const thread = new Worker(new URL('./reader-thread.js', import.meta.url));
      thread.on('message', (answer: FromThread) => this.#answered(answer));
      thread.on('error', (error) => this.#fail(error));
      thread.on('exit', () => this.#fail(invalidData('a thread that reads the dataset has ended')));
      // A program may end while threads wait for work.
      thread.unref();
      return thread;
    });
  }

  /** Every thread opens the source; returns the loader's number. */
  open(spec: SourceSpec): number {
    this.#loaders += 1;
    for (const thread of this.#threads)
      thread.postMessage({ kind: 'open', loader: this.#loaders, spec } satisfies ToThread);
    return this.#loaders;
  }

  /** Steps go to the threads in turn. */
  read(
    loader: number,
    step: number,
    indexes: readonly number[],
    buffer: SharedArrayBuffer,
    at: number,
  ): Promise<Filled> {
    return new Promise((done, failed) => {
      if (this.#failure !== undefined) return failed(this.#failure);
      this.#waiting.set(`${loader} ${step}`, { done, failed });
      const thread = this.#threads[step % this.#threads.length]!;
      thread.ref();
      thread.postMessage({ kind: 'read', loader, step, indexes, buffer, at } satisfies ToThread);
    });
  }

  /** Lets the threads close the loader's source. Answers to what is being read go nowhere. */
  close(loader: number): void {
    for (const thread of this.#threads) thread.postMessage({ kind: 'close', loader } satisfies ToThread);
  }

  async end(): Promise<void> {
    for (const thread of this.#threads) thread.removeAllListeners('exit');
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    this.#fail(invalidData('the pool of threads was ended'));
  }

  #answered(answer: FromThread): void {
    const key = `${answer.loader} ${answer.step}`;
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (this.#waiting.size === 0) for (const thread of this.#threads) thread.unref();
    if ('failed' in answer) waiting?.failed(invalidData(answer.failed));
    else waiting?.done(answer.filled);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { failed } of this.#waiting.values()) failed(this.#failure);
    this.#waiting.clear();
  }
}
