/** Every metric of models that are served, once: the registry and the dashboard take names from here. */
export interface AiMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly about: string;
  /** Upper ends, of a histogram. */
  readonly buckets?: readonly number[];
}

export type AiMetricKey =
  | 'requests'
  | 'first'
  | 'step'
  | 'together'
  | 'tokens'
  | 'lost'
  | 'active'
  | 'waiting'
  | 'queued'
  | 'batch'
  | 'compute'
  | 'shadow'
  | 'differences';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128];

const counter = (name: string, labels: readonly string[], about: string): AiMetric => ({
  name: `tallystick_ai_${name}_total`,
  type: 'counter',
  labels,
  about,
});
const gauge = (name: string, about: string): AiMetric => ({
  name: `tallystick_ai_${name}`,
  type: 'gauge',
  labels: ['model'],
  about,
});
const histogram = (
  name: string,
  labels: readonly string[],
  about: string,
  buckets: readonly number[] = SECONDS,
): AiMetric => ({ name: `tallystick_ai_${name}`, type: 'histogram', labels, about, buckets });

export const aiMetrics: { readonly [key in AiMetricKey]: AiMetric } = {
  requests: counter('requests', ['api', 'tenant', 'status'], 'Requests that were answered'),
  first: histogram('first_token_seconds', ['model'], 'From a prompt to the first token'),
  step: histogram('step_seconds', ['model'], 'One step of all answers that are under way'),
  together: histogram('step_answers', ['model'], 'Answers that took a step together', SIZES),
  tokens: counter('tokens', ['model', 'kind'], 'Tokens, by what they were'),
  lost: counter('stages_lost', ['model'], 'Stages that ended or did not answer'),
  active: gauge('answers_active', 'Answers that are under way'),
  waiting: gauge('prompts_waiting', 'Prompts that wait for a slot'),
  queued: histogram('queue_seconds', ['model', 'version'], 'From a request to its batch'),
  batch: histogram('batch_rows', ['model', 'version'], 'Rows that were computed together', SIZES),
  compute: histogram('compute_seconds', ['model', 'version'], 'One batch in the model'),
  shadow: counter('shadow_rows', ['model', 'version'], 'Requests that a shadow computed as well'),
  differences: counter('shadow_differences', ['model', 'version'], 'Those that it computed otherwise'),
};
