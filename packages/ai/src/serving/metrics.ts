/** What is counted of models that are served, for Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine, EngineWatch } from '../language/engine.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128];
const MS_A_SECOND = 1000;
/** Numbers that differ by no more are the same, computed in another order. */
const SAME = 1e-4;

export class ServingMetrics {
  readonly registry: Registry = new Registry();
  readonly #requests = this.#counter('requests_total', 'Requests that were answered', ['api', 'tenant', 'status']);
  readonly #first = this.#histogram('first_token_seconds', 'From a prompt to the first token', ['model'], SECONDS);
  readonly #step = this.#histogram('step_seconds', 'One step of all answers that are under way', ['model'], SECONDS);
  readonly #together = this.#histogram('step_answers', 'Answers that took a step together', ['model'], SIZES);
  readonly #tokens = this.#counter('tokens_total', 'Tokens, by what they were', ['model', 'kind']);
  readonly #lost = this.#counter('stages_lost_total', 'Stages that ended or did not answer', ['model']);
  readonly #queued = this.#histogram('queue_seconds', 'From a request to its batch', ['model', 'version'], SECONDS);
  readonly #batch = this.#histogram('batch_rows', 'Rows that were computed together', ['model', 'version'], SIZES);
  readonly #compute = this.#histogram('compute_seconds', 'One batch in the model', ['model', 'version'], SECONDS);

  readonly #shadow = this.#counter('shadow_rows_total', 'Requests that a shadow computed as well', [
    'model',
    'version',
  ]);
  readonly #differences = this.#counter('shadow_differences_total', 'Those that it computed otherwise', [
    'model',
    'version',
  ]);

  request(api: string, tenant: string, status: number): void {
    this.#requests.inc({ api, tenant, status: String(status) });
  }

  /** A batch of a tensor model, and how long each of its requests had waited. */
  batch(
    labels: { model: string; version: string },
    rows: number,
    queuedMs: readonly number[],
    computeMs: number,
  ): void {
    for (const ms of queuedMs) this.#queued.observe(labels, ms / MS_A_SECOND);
    this.#batch.observe(labels, rows);
    this.#compute.observe(labels, computeMs / MS_A_SECOND);
  }

  /** A shadow computed what the active version did. */
  shadow(labels: { model: string; version: string }, difference: number): void {
    this.#shadow.inc(labels);
    if (difference > SAME) this.#differences.inc(labels);
  }

  /** Counts what an engine does; `found` gives the engine once there is one. */
  watch(model: string, found: () => Engine | undefined): EngineWatch {
    const gauge = (name: string, help: string, read: (engine: Engine) => number): void => {
      const known = this.registry.getSingleMetric(`tallystick_ai_${name}`) as Gauge | undefined;
      const made =
        known ?? new Gauge({ name: `tallystick_ai_${name}`, help, labelNames: ['model'], registers: [this.registry] });
      this.#reading.push(() => {
        const engine = found();
        if (engine !== undefined) made.set({ model }, read(engine));
      });
    };
    gauge('answers_active', 'Answers that are under way', ({ counts }) => counts.active);
    gauge('prompts_waiting', 'Prompts that wait for a slot', ({ counts }) => counts.waiting);
    return {
      began: (answer, waitedMs) => {
        this.#first.observe({ model }, waitedMs / MS_A_SECOND);
        this.#tokens.inc({ model, kind: 'prompt' }, answer.promptSize);
      },
      stepped: (answers, ms) => {
        this.#step.observe({ model }, ms / MS_A_SECOND);
        this.#together.observe({ model }, answers);
      },
      ended: (answer) => this.#tokens.inc({ model, kind: 'answer' }, answer.size),
      lost: () => this.#lost.inc({ model }),
    };
  }

  async print(): Promise<{ readonly text: string; readonly type: string }> {
    for (const read of this.#reading) read();
    return { text: await this.registry.metrics(), type: this.registry.contentType };
  }

  readonly #reading: (() => void)[] = [];

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `tallystick_ai_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
    return new Histogram({ name: `tallystick_ai_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}
