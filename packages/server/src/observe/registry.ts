/**
 * The declared metrics and those of the process, in Prometheus' text. Numbers are read when somebody asks, and not
 * before.
 */
import { collectDefaultMetrics, type OpenMetricsContentType, type Metric as PromMetric, Registry } from 'prom-client';
import { type Metric, type MetricKey, metrics } from './metrics.ts';
import { samples } from './samples.ts';
import type { Sources } from './sources.ts';

/** A metric that holds nothing: what the registry needs of one, no more. */
class Declared {
  readonly name: string;
  readonly type: string;
  readonly #metric: Metric;
  readonly #read: () => object[];

  constructor(metric: Metric, key: MetricKey, sources: Sources) {
    this.name = metric.name;
    this.type = metric.type;
    this.#metric = metric;
    this.#read = () =>
      samples[key](sources).map(({ labels, value, suffix, exemplar }) => ({
        labels,
        value,
        exemplar,
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

/** A metric of another registry as OpenMetrics spells it: a counter has its `_total` behind the values alone. */
class Opened {
  readonly name: string;
  readonly #metric: PromMetric<string>;

  constructor(metric: PromMetric<string>) {
    this.#metric = metric;
    const { name, type } = metric as unknown as { readonly name: string; readonly type: string };
    this.name = type === 'counter' ? name.replace(/_total$/, '') : name;
  }

  async get(): Promise<object> {
    const { name } = this;
    const item = await (this.#metric as unknown as { get(): Promise<Item> }).get();
    if (item.type !== 'counter') return item;
    return { ...item, name, values: item.values.map((value) => ({ ...value, metricName: name })) };
  }

  reset(): void {
    // The same.
  }
}

interface Item {
  readonly type: string;
  readonly values: readonly object[];
}

/** The same metrics for scrapers that take OpenMetrics, with exemplars. */
export function openMetrics(registry: Registry): Registry<OpenMetricsContentType> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray()) {
    open.registerMetric(new Opened(metric as unknown as PromMetric<string>) as unknown as PromMetric<string>);
  }
  return open;
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
