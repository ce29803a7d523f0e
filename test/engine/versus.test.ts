/**
 * Whatever is asked, a ledger in a folder answers like the reference model: inline and closed and opened again between
 * requests, and on threads with rings that run full, runs and snapshots being made, and many requests in flight.
 * `TEST_SEED=n` replays one seed, `TEST_SEEDS=n` tries that many.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EngineOptions, EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { Operation, type ReplayPort } from '../../src/model/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { Model } from '../../testing/model/model.ts';
import { Random } from '../../testing/model/random.ts';
import { differences, versus } from '../../testing/model/versus.ts';
import { type RequestStep, type Step, workload } from '../../testing/model/workload.ts';
import { FORGETFUL_SIZES, TIGHT_FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';

const REQUESTS = Number(process.env.TEST_REQUESTS ?? 150);

function seeds(count: number): number[] {
  if (process.env.TEST_SEED !== undefined) return [Number(process.env.TEST_SEED)];
  return Array.from({ length: Number(process.env.TEST_SEEDS ?? count) }, (_, index) => index + 1);
}

const folder = temporaryFolder();
/** A ledger that is closed and opened again before every request, with a probability of `rate`. */
class Reopening implements ReplayPort {
  readonly #open: () => Promise<EngineReplayPort>;
  readonly #random: Random;
  readonly #rate: number;
  #port: EngineReplayPort | undefined;
  #time = 0n;

  constructor(random: Random, rate: number, open: () => Promise<EngineReplayPort>) {
    this.#random = random;
    this.#rate = rate;
    this.#open = open;
  }

  async request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array> {
    if (timestamp !== undefined && timestamp > this.#time) this.#time = timestamp;
    return (await this.#current()).request(operation, events, timestamp);
  }

  async advance(nanoseconds: bigint): Promise<void> {
    const port = await this.#current();
    this.#time += nanoseconds;
    await port.advance(nanoseconds);
  }

  async close(): Promise<void> {
    await this.#port?.close();
  }

  async #current(): Promise<EngineReplayPort> {
    if (this.#port !== undefined && !this.#random.chance(this.#rate)) return this.#port;
    await this.#port?.close();
    this.#port = await this.#open();
    // The new one must be told how late it is.
    await this.#port.request(Operation.lookup_accounts, new Uint8Array(0), this.#time);
    return this.#port;
  }
}

test('a folder that is closed and opened between requests answers all workloads as the model does', async () => {
  for (const seed of seeds(10)) {
    const storage = new MemoryStorage();
    const options: EngineOptions = { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES, storage };
    const open = async (): Promise<EngineReplayPort> => new EngineReplayPort((await openFolder('/l', options)).engine);
    const port = new Reopening(new Random(seed), 0.1, open);
    const found = await versus(workload(seed, REQUESTS), port);
    await port.close();
    assert.equal(found, undefined, `seed ${seed}, request ${found?.step}:\n${found?.lines.join('\n')}`);
  }
});

/** Requests up to the next advance, all in flight at once. */
function* conversations(
  steps: readonly Step[],
): Generator<{ first: number; requests: RequestStep[]; advance: bigint }> {
  let requests: RequestStep[] = [];
  let first = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'request') {
      requests.push(step);
      continue;
    }
    yield { first, requests, advance: step.nanoseconds };
    requests = [];
    first = index + 1;
  }
  yield { first, requests, advance: 0n };
}

test('threads answer every workload like the reference model, with all requests between two pulses in flight', {
  timeout: 300_000,
}, async () => {
  for (const seed of seeds(6)) {
    const sizes = { ...TIGHT_FORGETFUL_SIZES, sealEntries: seed % 2 === 0 ? 500 : 20 };
    const path = join(folder, String(seed));
    const { engine } = await openFolder(path, { mode: 'threads', expires: false, sizes });
    const port = new EngineReplayPort(engine);
    const model = new Model();
    for (const { first, requests, advance } of conversations(workload(seed, REQUESTS * 2))) {
      const replies = await Promise.all(
        requests.map(({ operation, events, timestamp }) => port.request(operation, events, timestamp)),
      );
      for (const [index, step] of requests.entries()) {
        const want = model.apply(step.operation, step.events, step.timestamp);
        assert.deepEqual(differences(step, first + index, want, replies[index]!), [], `seed ${seed}`);
      }
      if (advance > 0n) {
        model.advance(advance);
        await port.advance(advance);
      }
    }
    await port.close();
  }
});
