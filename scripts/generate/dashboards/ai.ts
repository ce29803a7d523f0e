/** Models that are served: `tallystick ai serve`. */
import { type AiMetricKey, aiMetrics } from '../../../packages/ai/src/serving/metric-names.ts';
import { type Dashboard, named, quantileOf, rateOf, series } from './kit.ts';

const name = (key: AiMetricKey): string => aiMetrics[key].name;
const about = (key: AiMetricKey): string => `${aiMetrics[key].about}.`;
const rate = (key: AiMetricKey, by: string): string => `sum by (${by}) (${rateOf(name(key))})`;
const both = (key: AiMetricKey, by: string, legend: string): [string, string][] => [
  [quantileOf(0.5, name(key), `${by}, le`), `${legend} p50`],
  [quantileOf(0.99, name(key), `${by}, le`), `${legend} p99`],
];

const VERSION = '{{model}} {{version}}';

const requests = [
  series('Requests by status', 'ops', 12, about('requests'), [rate('requests', 'api, status'), '{{api}} {{status}}']),
  series('Requests by tenant', 'ops', 12, about('requests'), [rate('requests', 'tenant'), '{{tenant}}']),
];

const language = [
  series('Tokens a second', 'ops', 8, about('tokens'), [rate('tokens', 'model, kind'), '{{model}} {{kind}}']),
  series('To the first token', 's', 8, about('first'), ...both('first', 'model', '{{model}}')),
  series('A step', 's', 8, about('step'), ...both('step', 'model', '{{model}}')),
  series('Answers in a step', 'short', 8, about('together'), ...both('together', 'model', '{{model}}')),
  series(
    'Answers under way',
    'short',
    8,
    about('active'),
    [named(name('active')), '{{model}} under way'],
    [named(name('waiting')), '{{model}} waiting'],
  ),
  series('Stages lost', 'short', 8, about('lost'), [named(name('lost')), '{{model}}']),
];

const tensors = [
  series('Waiting for a batch', 's', 8, about('queued'), ...both('queued', 'model, version', VERSION)),
  series('Rows in a batch', 'short', 8, about('batch'), ...both('batch', 'model, version', VERSION)),
  series('A batch in the model', 's', 8, about('compute'), ...both('compute', 'model, version', VERSION)),
  series(
    'Shadows',
    'ops',
    24,
    `${about('shadow')} ${about('differences')}`,
    [rate('shadow', 'model, version'), `${VERSION} computed`],
    [rate('differences', 'model, version'), `${VERSION} otherwise`],
  ),
];

export const ai: Dashboard = {
  name: 'ai',
  title: 'AI',
  about: 'Models that are served.',
  instances: name('requests'),
  rows: [
    { title: 'Requests', panels: requests },
    { title: 'Language models', panels: language },
    { title: 'Tensor models', panels: tensors },
  ],
};
