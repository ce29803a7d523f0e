/**
 * The declared metrics and those of the process, in Prometheus' text. Numbers are read when somebody asks, and not
 * before.
 */
import { collectDefaultMetrics, type Metric as PromMetric, Registry } from 'prom-client';
import { type Metric, type MetricKey, metrics } from './metrics.ts';
import { samples } from './samples.ts';
import type { Sources } from './sources.ts';

/** A metric that holds nothing: what the registry needs of one, no more. */
class Declared {
  readonly name: string;
  readonly #metric: Metric;
  readonly #read: () => object[];

  constructor(metric: Metric, key: MetricKey, sources: Sources) {
    this.name = metric.name;
    this.#metric = metric;
    this.#read = () =>
      samples[key](sources).map(({ labels, value, suffix }) => ({
        labels,
        value,
        metricName: `${metric.name}${suffix ?? ''}`,
      }));
  }

  get(): Promise<object> {
    const { name, about: help, type } = this.#metric;
    return Promise.resolve({ name, help, type, values: this.#read(), aggregator: 'sum' });
  }

  reset(): void {
    // The numbers belong to those who count.
  }
}

export function createRegistry(sources: Sources): Registry {
  const registry = new Registry();
  for (const [key, metric] of Object.entries(metrics) as [MetricKey, Metric][]) {
    // The registry's type knows prom-client's own four classes only.
    registry.registerMetric(new Declared(metric, key, sources) as unknown as PromMetric<string>);
  }
  collectDefaultMetrics({ register: registry });
  return registry;
}
