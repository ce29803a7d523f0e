/**
 * docs/benchmarks.md: tables and plots of everything that `npm run bench` wrote, side by side with others where they
 * were measured.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskRecord } from '../../bench/disk.ts';
import type { PeersRecord } from '../../bench/peers.ts';
import type { SeriesRecord } from '../../bench/series.ts';
import { machineText, newest } from './figures.ts';
import { growthPlot, sizesPlot } from './plots.ts';
import type { Printer } from './printer.ts';

const PLOTS = join('docs', 'benchmarks');

/**
 * Reads the results of one kind: the file that the block names when it is checked, the newest otherwise. Nothing while
 * there is none.
 */
function results<Results>(root: string, kind: string, note: string, check: boolean): [string, Results] | undefined {
  const folder = join(root, 'bench', 'results', kind);
  const name = check ? note : newest(folder);
  return name === '' ? undefined : [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results];
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const ms = (value: number): string => `${Number(value.toPrecision(3))} ms`;
const cells = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
const times = (value: number): string => `${value >= 10 ? Math.round(value) : value.toFixed(1)} ×`;

/** The same work for others: rates, waits, and what ours is in theirs. */
export const peers: Printer = (root, note, check) => {
  const found = results<PeersRecord>(root, 'peers', note, check);
  if (found === undefined) return { note: '', text: '' };
  const [name, { date, commit, command, machine, load_before, peers, transports, works }] = found;
  const measured = peers.filter(({ figures }) => figures.length > 0);
  const [ours] = measured;
  const columns = works.map(({ about }) => about);
  const row = (head: string, value: (peer: (typeof measured)[number], work: string) => string): string[] =>
    measured.map((peer) => cells([`${peer.name}${head}`, ...works.map((work) => value(peer, work.name))]));
  const figureOf = (peer: (typeof measured)[number], work: string) => peer.figures.find((one) => one.work === work);
  const rates = row('', (peer, work) => {
    const figure = figureOf(peer, work);
    const base = ours === undefined ? undefined : figureOf(ours, work);
    if (figure === undefined) return '';
    const ratio =
      base === undefined || peer === ours ? '' : ` (${times(base.transfers_per_second / figure.transfers_per_second)})`;
    return `${count(figure.transfers_per_second)}${ratio}`;
  });
  const waits = row('', (peer, work) => {
    const figure = figureOf(peer, work);
    if (figure === undefined) return '';
    const { p50, p99, p100 } = figure.latency_ms;
    return `${ms(p50)} / ${ms(p99)} / ${ms(p100)}`;
  });
  const head = (title: string): string[] => [cells([title, ...columns]), `|---|${'---:|'.repeat(columns.length)}`];
  const keys = [...new Set(transports.flatMap(({ figures }) => Object.keys(figures)))];
  const skipped = [...peers, ...transports].filter(({ missing }) => missing !== null);
  const text = [
    ...head('transfers a second'),
    ...rates,
    '',
    'In brackets: how many times as many the first line does.',
    '',
    ...head('p50 / p99 / worst'),
    ...waits,
    '',
    ...measured.map(({ name, about }) => `- ${name}: ${about}.`),
    '',
    cells(['bytes from one thread or process to another, no ledger', ...transports.map((one) => one.name)]),
    `|---|${'---:|'.repeat(transports.length)}`,
    ...keys.map((key) =>
      cells([
        key.replaceAll('_', ' '),
        ...transports.map(({ figures }) => (figures[key] === undefined ? '' : count(figures[key]))),
      ]),
    ),
    '',
    ...transports.map(({ name, about }) => `- ${name}: ${about}.`),
    ...skipped.map(({ name, missing }) => `- ${name} was not measured: ${missing}.`),
    '',
    `\`${command}\`, ${date}, commit ${commit}, ${machineText(machine)}, load ${load_before.toFixed(2)} before; [${name}](../bench/results/peers/${name}).`,
  ];
  return { note: name, text: text.join('\n') };
};

/** By size of batch, and while a ledger grows. */
export const series: Printer = (root, note, check) => {
  const found = results<SeriesRecord>(root, 'series', note, check);
  if (found === undefined) return { note: '', text: '' };
  const [name, record] = found;
  const { date, commit, machine, load_before, sizes, growth } = record;
  if (!check) {
    mkdirSync(join(root, PLOTS), { recursive: true });
    writeFileSync(join(root, PLOTS, 'sizes.svg'), sizesPlot(sizes));
    writeFileSync(join(root, PLOTS, 'growth.svg'), growthPlot(growth.stretches));
  }
  const batches = [...new Set(sizes.map(({ batch }) => batch))];
  const sizeRows = batches.map((batch) => {
    const [durable, memory] = [true, false].map((kind) =>
      sizes.find((one) => one.batch === batch && one.durable === kind),
    );
    return cells([
      count(batch),
      durable === undefined ? '' : count(durable.transfers_per_second),
      durable === undefined ? '' : `${ms(durable.batch_latency_ms.p50)} / ${ms(durable.batch_latency_ms.p99)}`,
      memory === undefined ? '' : count(memory.transfers_per_second),
    ]);
  });
  const { report, stretches } = growth;
  const tenths = stretches.filter((_, at) => (at + 1) % Math.ceil(stretches.length / 10) === 0);
  const text = [
    '| transfers a batch | durable, a second | p50 / p99 | in memory, a second |',
    '|---:|---:|---:|---:|',
    ...sizeRows,
    '',
    'Three batches are in flight. ![Transfers a second by size of batch](benchmarks/sizes.svg)',
    '',
    `| stored | a second | p50 / p99 / worst batch |`,
    '|---:|---:|---:|',
    ...tenths.map(({ transfers, transfers_per_second, batch_latency_ms: { p50, p99, p100 } }) =>
      cells([count(transfers), count(transfers_per_second), `${ms(p50)} / ${ms(p99)} / ${ms(p100)}`]),
    ),
    '',
    `${count(report.transfers)} transfers in one go: ${count(report.transfers_per_second)} a second, ${(report.rss_peak_bytes / 1e9).toFixed(2)} GB of memory at most, ${Math.round((report.disk_bytes ?? 0) / report.transfers)} B of disk for each; get_account_transfers after it: p50 ${ms(report.query_latency_ms?.p50 ?? 0)}.`,
    '',
    '![Throughput and latency while the ledger grows](benchmarks/growth.svg)',
    '',
    `\`npm run bench -- series\`, ${date}, commit ${commit}, ${machineText(machine)}, load ${load_before.toFixed(2)} before; [${name}](../bench/results/series/${name}).`,
  ];
  return { note: name, text: text.join('\n') };
};

/** What the journal makes of the disk. */
export const disk: Printer = (root, note, check) => {
  const found = results<DiskRecord>(root, 'disk', note, check);
  if (found === undefined) return { note: '', text: '' };
  const [name, { date, commit, machine, load_before, sizes, engine }] = found;
  const mb = (value: number): string => count(value / 1e6);
  const share = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`;
  const largest = sizes.at(-1)!;
  const text = [
    '| bytes a flush | raw, MB/s | journal, MB/s | share | journal, flushes a second |',
    '|---:|---:|---:|---:|---:|',
    ...sizes.map(({ bytes, raw, journal }) =>
      cells([
        `${bytes / 1024} KiB`,
        mb(raw.bytes_per_second),
        mb(journal.bytes_per_second),
        share(journal.bytes_per_second, raw.bytes_per_second),
        count(journal.writes_per_second),
      ]),
    ),
    '',
    `The whole engine, batches of 8,189: ${count(engine.transfers_per_second)} transfers a second, ${mb(engine.journal_bytes_per_second)} MB/s of journal, ${share(engine.journal_bytes_per_second, largest.raw.bytes_per_second)} of raw writes of ${largest.bytes / 1024} KiB.`,
    '',
    `\`npm run bench -- disk\`, ${date}, commit ${commit}, ${machineText(machine)}, load ${load_before.toFixed(2)} before; [${name}](../bench/results/disk/${name}).`,
  ];
  return { note: name, text: text.join('\n') };
};
