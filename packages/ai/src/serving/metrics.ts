/** What is counted of models that are served, for Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine, EngineWatch } from '../language/engine.ts';
import { type AiMetricKey, aiMetrics } from './metric-names.ts';

const MS_A_SECOND = 1000;
/** Numbers that differ by no more are the same, computed in another order. */
const SAME = 1e-4;

export class ServingMetrics {
  readonly registry: Registry = new Registry();
  readonly #requests = this.#counter('requests');
  readonly #first = this.#histogram('first');
  readonly #step = this.#histogram('step');
  readonly #together = this.#histogram('together');
  readonly #tokens = this.#counter('tokens');
  readonly #lost = this.#counter('lost');
  readonly #active = this.#gauge('active');
  readonly #waiting = this.#gauge('waiting');
  readonly #queued = this.#histogram('queued');
  readonly #batch = this.#histogram('batch');
  readonly #compute = this.#histogram('compute');
  readonly #shadow = this.#counter('shadow');
  readonly #differences = this.#counter('differences');

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
    this.#differences.inc(labels, difference > SAME ? 1 : 0);
  }

  /** Counts what an engine does; `found` gives the engine once there is one. */
  watch(model: string, found: () => Engine | undefined): EngineWatch {
    // None was lost yet: a series that begins with the first loss shows no rise.
    this.#lost.inc({ model }, 0);
    this.#reading.push(() => {
      const counts = found()?.counts;
      if (counts === undefined) return;
      this.#active.set({ model }, counts.active);
      this.#waiting.set({ model }, counts.waiting);
    });
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

  #counter(key: AiMetricKey): Counter {
    return new Counter(this.#about(key));
  }

  #gauge(key: AiMetricKey): Gauge {
    return new Gauge(this.#about(key));
  }

  #histogram(key: AiMetricKey): Histogram {
    return new Histogram({ ...this.#about(key), buckets: [...aiMetrics[key].buckets!] });
  }

  #about(key: AiMetricKey): { name: string; help: string; labelNames: string[]; registers: [Registry] } {
    const { name, about: help, labels } = aiMetrics[key];
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
