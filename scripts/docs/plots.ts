/** Plots as SVG, drawn by ECharts without a browser. */
import { type EChartsOption, init } from 'echarts';
import type { Size, Stretch } from '../../bench/series.ts';

function draw(option: EChartsOption, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

/** Transfers a second over the size of a batch, both logarithmic. */
export function sizesPlot(sizes: readonly Size[]): string {
  const line = (name: string, durable: boolean) => ({
    name,
    type: 'line' as const,
    data: sizes.filter((size) => size.durable === durable).map((size) => [size.batch, size.transfers_per_second]),
  });
  return draw(
    {
      legend: { top: 8 },
      grid: { left: 90, right: 30, top: 50, bottom: 50 },
      xAxis: { type: 'log', name: 'transfers a batch', nameLocation: 'middle', nameGap: 28 },
      yAxis: { type: 'log', name: 'transfers a second' },
      series: [line('durable', true), line('in memory', false)],
    },
    360,
  );
}

/** Throughput above, waits below, over the transfers stored. */
export function growthPlot(stretches: readonly Stretch[]): string {
  const stored = (value: (stretch: Stretch) => number) => stretches.map((one) => [one.transfers / 1e6, value(one)]);
  const wait = (name: string, key: keyof Stretch['batch_latency_ms']) => ({
    name,
    type: 'line' as const,
    showSymbol: false,
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: stored((one) => one.batch_latency_ms[key]),
  });
  const max = stretches.at(-1)!.transfers / 1e6;
  return draw(
    {
      legend: { top: 8 },
      grid: [
        { left: 90, right: 30, top: 50, height: 190 },
        { left: 90, right: 30, top: 290, height: 190 },
      ],
      xAxis: [
        { type: 'value', gridIndex: 0, max },
        { type: 'value', gridIndex: 1, max, name: 'million transfers stored', nameLocation: 'middle', nameGap: 28 },
      ],
      yAxis: [
        { type: 'value', gridIndex: 0, name: 'million a second' },
        { type: 'log', gridIndex: 1, name: 'ms a batch' },
      ],
      series: [
        {
          name: 'transfers a second',
          type: 'line',
          showSymbol: false,
          data: stored((one) => one.transfers_per_second / 1e6),
        },
        wait('p50', 'p50'),
        wait('p99', 'p99'),
        wait('worst', 'p100'),
      ],
    },
    540,
  );
}
