/**
 * `tallystick inspect`: what a ledger's files hold. Opens them for reading only, takes no lock, and does not mind a
 * writer.
 */

import { isoText } from 'tallystick/internal/base';
import {
  batchContent,
  batchReports,
  journalReport,
  ledgerFiles,
  plainEvents,
  type Report,
  runReports,
  snapshotReports,
  superblockReport,
  type Verification,
  verify,
  witnessReport,
} from 'tallystick/internal/inspect';
import { DiskStorage } from 'tallystick/internal/platform';
import { colours } from './colours.ts';
import { bytes, type Column, grouped, plural, table } from './print.ts';
import { recordTable } from './record-table.ts';
import { patientBar } from './terminal.ts';

export const PARTS = ['superblock', 'witness', 'journal', 'snapshots', 'runs'] as const;
export type Part = (typeof PARTS)[number];

export interface InspectOptions {
  /** Decode the batch with this op. */
  readonly op?: number;
  /** Of the journal's headers: the first op, and how many. */
  readonly from?: number;
  readonly limit: number;
  readonly verify?: boolean;
  readonly json?: boolean;
}

const WIDTH_DEFAULT = 160;

/** Returns the exit code: 1 when something is damaged. */
export function inspect(folder: string, part: Part | undefined, options: InspectOptions): number {
  const storage = new DiskStorage();
  // Says at once, and in one way, that there is nothing.
  const files = ledgerFiles(storage, folder);
  const json = options.json === true;
  if (options.verify === true) {
    const all = [...files.segments, ...files.snapshots, ...files.runs];
    const bar = patientBar(
      'verified',
      all.reduce((sum, { size }) => sum + size, 0),
    );
    const started = performance.now();
    let done = 0;
    const found = verify(storage, folder, (count) => {
      done += count;
      bar.update(done);
    });
    bar.stop();
    return printVerification(found, done, performance.now() - started, json);
  }
  if (options.op !== undefined) return printBatch(batchContent(storage, folder, options.op), json);
  if (part === 'journal') {
    const found = batchReports(storage, folder, options.from, options.limit);
    print(
      json
        ? lines(found)
        : reportTable(found, [
            'op',
            'timestamp',
            'operation',
            'count',
            'cells',
            'cell',
            'file',
            'offset',
            'fence',
            'durable_op',
            'checksum',
          ]),
    );
    return 0;
  }
  const superblock = superblockReport(storage, folder);
  const snapshots = snapshotReports(storage, folder);
  const runs = runReports(storage, folder);
  const witness = witnessReport(storage, folder);
  const damaged =
    [...snapshots, ...runs].some((report) => report.damaged === true) ||
    Number(witness.damaged_slots) > 0 ||
    witness.missing === true;
  if (json) {
    const reports = { superblock, witness, journal: journalReport(storage, folder), snapshots, runs };
    print(JSON.stringify(part === undefined ? reports : reports[part]));
  } else {
    if (part === undefined || part === 'superblock') print(superblockText(superblock));
    if (part === undefined || part === 'witness') print(witnessText(witness));
    if (part === undefined) print(journalText(journalReport(storage, folder)));
    if (part === undefined || part === 'snapshots') print(section('snapshots', snapshots, SNAPSHOT_COLUMNS));
    if (part === undefined || part === 'runs') print(section('runs', runs, RUN_COLUMNS));
    if (part === 'snapshots' || part === 'runs') {
      for (const report of part === 'runs' ? runs : snapshots) print(sectionsOf(report));
    }
  }
  return damaged ? 1 : 0;
}

const SNAPSHOT_COLUMNS = ['file', 'op', 'timestamp', 'entries', 'bytes'];
const RUN_COLUMNS = ['file', 'first_entry', 'entries', 'timestamp_min', 'timestamp_max', 'bytes'];

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

function lines(reports: readonly object[]): string {
  return reports.map((report) => JSON.stringify(report)).join('\n');
}

function superblockText(report: Report): string {
  const clean = report.clean as Report | null;
  const writer = report.writer as Report | null;
  const closed =
    clean === null
      ? 'never closed in order'
      : `closed in order behind op ${grouped(Number(clean.op))}, ${isoText(BigInt(String(clean.timestamp)))}`;
  const state = report.open === true ? `${writer === null ? 'not closed since' : 'open'}; ${closed}` : closed;
  return pairs([
    ['ledger', `${report.ledger_id}, created ${isoText(BigInt(String(report.created)))}`],
    ['state', state],
    [
      'writer',
      writer === null
        ? 'none'
        : `process ${writer.process} on ` +
          `${writer.host}${writer.alive === 'yes' ? '' : writer.alive === 'no' ? ', which is gone' : ''} (token ` +
          `${writer.token})`,
    ],
    ...(report.damaged_copies === 0 ? [] : [['damaged', `${report.damaged_copies} copy of the superblock`] as const]),
  ]);
}

function witnessText(report: Report): string {
  const rows: (readonly [string, string])[] = [];
  const { op, timestamp, damaged_slots: slots, lost_found: kept } = report;
  if (report.missing === true) rows.push(['witness', colours.red('is missing')]);
  else if (op === null) rows.push(['witness', 'none: it is made when the ledger is opened']);
  else if (op === 0) rows.push(['witness', 'no batch yet']);
  else rows.push(['witness', `the journal reaches op ${grouped(Number(op))}, ${isoText(BigInt(String(timestamp)))}`]);
  if (Number(slots) > 0) rows.push(['damaged', colours.red(`${plural(Number(slots), 'slot')} of the witness`)]);
  if (Number(kept) > 0) rows.push(['given up', `${plural(Number(kept), 'opening')} left something in lost+found`]);
  return pairs(rows);
}

function journalText(report: Report): string {
  const { op, timestamp, segments, bytes: size } = report;
  const last = op === 0 ? 'no batch yet' : `last op ${grouped(Number(op))}, ${isoText(BigInt(String(timestamp)))}`;
  return pairs([['journal', `${plural(Number(segments), 'segment')}, ${bytes(Number(size))}, ${last}`]]);
}

function pairs(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `${colours.dim(name.padEnd(8))}  ${value}`).join('\n');
}

function section(title: string, reports: readonly Report[], columns: readonly string[]): string {
  const head = `\n${colours.bold(title)}`;
  return reports.length === 0 ? `${head}  none` : `${head}\n${reportTable(reports, columns)}`;
}

function sectionsOf(report: Report): string {
  const sections = report.sections as readonly Report[] | undefined;
  if (sections === undefined) return '';
  return `\n${colours.bold(String(report.file))}\n${reportTable(sections, Object.keys(sections[0]!))}`;
}

function reportTable(reports: readonly Report[], names: readonly string[]): string {
  const columns = names.map(
    (title): Column => ({
      title,
      align: /^(file|name|operation|checksum|timestamp.*)$/.test(title) ? 'left' : 'right',
    }),
  );
  return table(
    columns,
    reports.map((report) => names.map((name) => cell(report, name))),
  );
}

function cell(report: Report, name: string): string {
  const value = report[name];
  if (value === undefined) return report.damaged === true && name === 'op' ? colours.red('damaged') : '';
  if (name.startsWith('timestamp')) return isoText(BigInt(String(value)));
  if (name === 'bytes' || name === 'entries' || name === 'first_entry') return grouped(Number(value));
  return report.damaged === true && name === 'file' ? colours.red(`${value} is damaged`) : String(value);
}

function printBatch(content: ReturnType<typeof batchContent>, json: boolean): number {
  const { header, whole, record, events } = content;
  if (json) print(JSON.stringify({ ...header, whole, events: plainEvents(content) }));
  else {
    print(
      pairs(
        Object.entries(header).map(([name, value]) => [
          name.padEnd(13),
          name === 'timestamp' ? isoText(BigInt(String(value))) : String(value),
        ]),
      ),
    );
    if (record !== undefined) print(`\n${recordTable(record, events, process.stdout.columns ?? WIDTH_DEFAULT)}`);
    if (!whole) print(colours.red('The body does not match its checksum.'));
  }
  return whole ? 0 : 1;
}

function printVerification(found: Verification, size: number, milliseconds: number, json: boolean): number {
  const { ledgerId, damage, batches, events, op, timestamp, snapshots, runs, entries, tornCells, tornAt } = found;
  if (json) {
    const report = {
      ok: damage.length === 0,
      batches,
      events,
      op,
      timestamp: String(timestamp),
      snapshots,
      runs,
      entries,
      bytes: size,
      torn_cells: tornCells,
      torn_at: tornAt ?? null,
      damage,
    };
    print(JSON.stringify(report));
    return damage.length === 0 ? 0 : 1;
  }
  for (const { file, offset, what } of damage) {
    console.error(
      `${colours.red('damaged')} ${file} offset ${offset}: ${what.replace(`${file} offset ${offset}: `, '')}`,
    );
  }
  if (tornAt !== undefined) {
    console.error(
      `${colours.yellow('torn')} ${plural(tornCells, 'cell')} at ${tornAt}: a batch that was being written, ` +
        'and that nobody was told about',
    );
  }
  if (ledgerId !== undefined) {
    print(
      `${grouped(batches)} ${batches === 1 ? 'batch' : 'batches'} with ${plural(events, 'event')} up to op ` +
        `${grouped(op)}, ${plural(snapshots, 'snapshot')}, ${plural(runs, 'run')} of ${grouped(entries)} entries`,
    );
  }
  print(
    damage.length === 0
      ? `${bytes(size)} in ${(milliseconds / 1000).toFixed(1)} s: every checksum fits`
      : `${plural(damage.length, 'place')} damaged`,
  );
  return damage.length === 0 ? 0 : 1;
}
