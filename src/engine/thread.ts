/** The shell of an engine's threads: their data, waiting, and a last message when they fail. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/index.ts';
import { orMemoryFull, Stop } from '../model/index.ts';
import type { Found, ThreadData, ThreadMessage, ThreadWait } from './agent-thread.ts';
import { EngineMemory, engineLayout, Word } from './memory.ts';

/** How long each strategy spins before it sleeps, ms. */
const SPIN_MS: { readonly [strategy in ThreadWait]: number } = {
  resting: 0,
  blocking: 0,
  yielding: 0.2,
  'busy-spin': Number.POSITIVE_INFINITY,
};

export function threadData<T extends ThreadData>(): T {
  return workerData as T;
}

export function threadMemory(data: ThreadData): EngineMemory {
  return new EngineMemory(data.memory, engineLayout(data.sizes));
}

/** A thread cannot go on because the builder has ended. Why that did, it says itself. */
export class BuilderEnded extends Error {
  override readonly name = 'BuilderEnded';
}

/** Runs a thread's main function; whatever it throws is told to the engine, which fails everything in flight. */
export function runThread(main: () => ThreadMessage): void {
  assert(parentPort !== null, 'this file is the main file of a thread');
  const port = parentPort;
  try {
    port.postMessage(main());
  } catch (error) {
    const failure = orMemoryFull(error) as { code?: unknown; message?: unknown; stack?: unknown };
    port.postMessage({
      kind: 'failed',
      code: typeof failure.code === 'string' ? failure.code : undefined,
      message: String(failure.message ?? error),
      stack: typeof failure.stack === 'string' ? failure.stack : undefined,
      behindBuilder: error instanceof BuilderEnded,
    } satisfies ThreadMessage);
  }
  endThisThread(port);
}

/** The same once the data is there, for a thread that was started without. */
export function runThreadWith<T extends ThreadData>(main: (data: T) => ThreadMessage): void {
  assert(parentPort !== null, 'this file is the main file of a thread');
  parentPort.once('message', (data: T) => runThread(() => main(data)));
}

/**
 * Nothing holds the thread any more. In Deno the port cannot be closed, and the thread says itself that it has ended.
 */
function endThisThread(port: MessagePort): void {
  const { close } = port as Partial<MessagePort>;
  if (close !== undefined) close.call(port);
  else (globalThis as { close?: () => void }).close?.();
}

/** Tells the engine that this thread is at work, and what it has found. */
export function sayReady(found?: Found): void {
  parentPort?.postMessage({ kind: 'ready', ...(found && { found }) } satisfies ThreadMessage);
}

/** Shows that this thread moves; `word` is its own. */
export function beat(words: Int32Array, word: number): void {
  Atomics.add(words, word, 1);
}

export function stopping(words: Int32Array): boolean {
  return Atomics.load(words, Word.stop) !== 0;
}

/** Whether the engine has failed: what is half done stays so. */
export function failing(words: Int32Array): boolean {
  return Atomics.load(words, Word.stop) === Stop.now;
}

/**
 * Waits until the producer's cursor leaves `seen`, the engine stops, or `sleepMs` of sleep have passed. `sleeps`: the
 * word that tells the producer to wake us. `spinMsMin`: spins at least for that long first, whatever the strategy. True
 * when the cursor has moved.
 */
export function waitForCursor(
  words: Int32Array,
  seen: number,
  sleeps: number,
  wait: ThreadWait,
  spinMsMin: number,
  sleepMs: number,
): boolean {
  const spin = Math.max(SPIN_MS[wait], spinMsMin);
  if (spin > 0) {
    const until = performance.now() + spin;
    do {
      for (let k = 0; k < 100; k++) if (Atomics.load(words, Word.cursor) !== seen) return true;
      if (stopping(words)) return false;
    } while (performance.now() < until);
  }
  Atomics.store(words, sleeps, 1);
  if (!stopping(words)) Atomics.wait(words, Word.cursor, seen, sleepMs);
  Atomics.store(words, sleeps, 0);
  return Atomics.load(words, Word.cursor) !== seen;
}
