/** What dashboards are made of: rows of panels with queries, printed as Grafana's JSON. */
import { type MetricKey, metrics } from '../../../packages/server/src/observe/index.ts';

export type Shown = 's' | 'ops' | 'Bps' | 'bytes' | 'short' | 'percentunit';

export interface Panel {
  readonly title: string;
  readonly about: string;
  readonly unit: Shown;
  readonly type: 'timeseries' | 'stat' | 'bargauge';
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** Of 24. */
  readonly width: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Name of its file, and the end of its uid. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** A metric that everything has that can be chosen at its top. */
  readonly instances: string;
  readonly rows: readonly Row[];
}

/** The instances that were chosen. */
export const HERE = 'instance=~"$instance"';

/** Series of a metric by its whole name. */
export const named = (name: string, filter = ''): string => `${name}{${HERE}${filter === '' ? '' : `,${filter}`}}`;
export const rateOf = (name: string, filter = ''): string => `rate(${named(name, filter)}[$__rate_interval])`;
export const quantileOf = (share: number, name: string, by = 'le'): string =>
  `histogram_quantile(${share}, sum by (${by}) (rate(${name}_bucket{${HERE}}[$__rate_interval])))`;

/** The same of a metric of servers, by its key. */
export const m = (key: MetricKey, filter = ''): string => named(metrics[key].name, filter);
export const rate = (key: MetricKey, filter = ''): string => rateOf(metrics[key].name, filter);
export const quantile = (share: number, key: MetricKey, by = 'le'): string => quantileOf(share, metrics[key].name, by);

const panelOf =
  (type: Panel['type']) =>
  (title: string, unit: Shown, width: number, about: string, ...queries: Panel['queries'][number][]): Panel => ({
    title,
    about,
    unit,
    type,
    width,
    queries,
  });

export const series: ReturnType<typeof panelOf> = panelOf('timeseries');
export const stat: ReturnType<typeof panelOf> = panelOf('stat');
export const bars: ReturnType<typeof panelOf> = panelOf('bargauge');

const TAG = 'tallystick';
const HEIGHT = 8;
const WIDTH = 24;
const SOURCE = { type: 'prometheus', uid: `\${source}` };

function panelJson(panel: Panel, id: number, x: number, y: number): object {
  return {
    id,
    type: panel.type,
    title: panel.title,
    description: panel.about,
    datasource: SOURCE,
    gridPos: { x, y, w: panel.width, h: HEIGHT },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    ...(panel.type === 'timeseries'
      ? { options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } } }
      : { options: { reduceOptions: { calcs: ['lastNotNull'] } } }),
    targets: panel.queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat,
      // Dots that lead to traces.
      ...(expr.includes(metrics.latency.name) && panel.type === 'timeseries' && { exemplar: true }),
    })),
  };
}

function panelsOf(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of rows) {
    const gridPos = { x: 0, y, w: WIDTH, h: 1 };
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
    y += 1;
    let x = 0;
    for (const panel of own) {
      if (x + panel.width > WIDTH) {
        x = 0;
        y += HEIGHT;
      }
      panels.push(panelJson(panel, panels.length + 1, x, y));
      x += panel.width;
    }
    y += HEIGHT;
  }
  return panels;
}

export function printDashboard({ name, title, about, instances, rows }: Dashboard): string {
  const dashboard = {
    uid: `tallystick-${name}`,
    title: `Tallystick: ${title}`,
    description: `${about} Printed by scripts/generate.ts from scripts/generate/dashboards/${name}.ts.`,
    tags: [TAG],
    // From each to the others, at the same time and for the same instance.
    links: [
      {
        title: 'Others',
        type: 'dashboards',
        tags: [TAG],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
      },
    ],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'source', label: 'Source', type: 'datasource', query: 'prometheus' },
        {
          name: 'instance',
          label: 'Instance',
          type: 'query',
          datasource: SOURCE,
          query: { query: `label_values(${instances}, instance)`, refId: 'instance' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
        },
      ],
    },
    panels: panelsOf(rows),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
