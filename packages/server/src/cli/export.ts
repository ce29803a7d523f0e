/** `tallystick export`, and `tallystick import` of what it wrote. */
import { once } from 'node:events';
import { archive, type Kind, recordLines, restore } from 'tallystick/internal/archive';
import { openFolder } from 'tallystick/internal/engine';
import { ledgerFiles } from 'tallystick/internal/inspect';
import {
  enumSchemas,
  type Ledger,
  newestTimestamp,
  ObjectLedger,
  type Pin,
  TallystickError,
} from 'tallystick/internal/model';
import { DiskStorage } from 'tallystick/internal/platform';
import { archiveFile } from './archive-file.ts';
import { errorColours as colours } from './colours.ts';
import { grouped, plural } from './print.ts';
import { describedAddress, isAddress, openTarget, refusePin } from './target.ts';
import { patientBar } from './terminal.ts';

export interface ExportOptions {
  readonly format: 'jsonl' | 'csv';
  readonly accounts?: boolean;
  readonly transfers?: boolean;
  readonly events?: boolean;
  /** What a server is held to. */
  readonly pin?: Pin;
}

/** Returns the exit code. */
export async function exportLedger(named: string | undefined, options: ExportOptions): Promise<number> {
  const target = named ?? describedAddress();
  if (target === undefined) {
    throw new TallystickError(
      'invalid_argument',
      'Which ledger? Name a folder or an address, or describe a connection.',
    );
  }
  const kinds = (['accounts', 'transfers', 'events'] as const).filter((kind) => options[kind] === true);
  if (kinds.length > 1)
    throw new TallystickError('invalid_argument', 'One kind at a time: --accounts, --transfers or --events.');
  if (kinds.length === 0 && options.format === 'csv') {
    throw new TallystickError('invalid_argument', 'CSV has one kind of rows: add --accounts, --transfers or --events.');
  }
  await using ledger = await openToRead(target, options.pin);
  await write(pieces(ledger, kinds[0], options.format, await newestTimestamp(ledger)));
  return 0;
}

/** A folder is opened so that nothing expires meanwhile: reading a ledger moves no money. */
async function openToRead(target: string, pin: Pin | undefined): Promise<Ledger> {
  if (isAddress(target)) return openTarget(target, pin);
  refusePin(target, pin);
  ledgerFiles(new DiskStorage(), target);
  const { engine } = await openFolder(target, { mode: 'inline', expires: false });
  return new ObjectLedger(engine);
}

async function* pieces(
  ledger: Ledger,
  kind: Kind | undefined,
  format: 'jsonl' | 'csv',
  last: bigint,
): AsyncGenerator<string> {
  let first: bigint | undefined;
  const bar = patientBar('exported, by time', 100);
  const visit = (reached: bigint): void => {
    first ??= reached;
    if (last > first) bar.update(Math.min(100, Number(((reached - first) * 100n) / (last - first))));
  };
  yield* kind === undefined ? archive(ledger, visit) : recordLines(ledger, kind, format, visit);
  bar.stop();
}

/** To stdout, no faster than it is read. */
async function write(lines: AsyncGenerator<string>): Promise<void> {
  for await (const piece of lines) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

/** Imports an archive. Returns the exit code: 1 when an event was refused, or the ledger now holds something else. */
export async function importArchive(path: string, target: string, pin?: Pin): Promise<number> {
  let bar: ReturnType<typeof patientBar> | undefined;
  let ledger: Ledger | undefined;
  const open = async (): Promise<Ledger> => {
    ledger = await openTarget(target, pin);
    return ledger;
  };
  const result = await restore(archiveFile(path), open, (done, total) => {
    bar ??= patientBar('checked and imported, bytes', total);
    bar.update(done);
  }).finally(() => ledger?.close());
  bar?.stop();
  const { refused, differences, counts, skipped, timeoutsOpen, timeouts, isSummed } = result;
  if (!isSummed) console.error(`${colours.yellow('unchecked')} ${path} bears no sums: export it again to have them`);
  if (refused !== undefined) {
    const about =
      enumSchemas.flatMap(({ members }) => members).find(({ name }) => name === refused.status)?.about ?? '';
    console.error(
      `${colours.red('refused')} ${path}:${refused.line}: ${refused.what} ${refused.id}: ${refused.status}. ${about}`,
    );
    console.error('Nothing is sent behind a request that was refused; the rest of that one may be there.');
    return 1;
  }
  for (const difference of differences) console.error(`${colours.yellow('differs')} ${difference}`);
  const done = (what: string, count: number): string => plural(count, what);
  process.stdout.write(
    `${path}: ${done('account', counts.accounts)}, ${done('transfer', counts.transfers)} into ${target}` +
      `${skipped === 0 ? '' : ` (${grouped(skipped)} already there)`}\n`,
  );
  if (counts.expiries > 0) {
    console.error(
      `${plural(counts.expiries, 'pending transfer')} that had expired: voided at that time, by transfers of their own`,
    );
  }
  if (timeouts > 0)
    console.error(`${plural(timeouts, 'pending transfer')} without the timeout: imported ones have none`);
  if (timeoutsOpen > 0) {
    console.error(
      `${colours.yellow('open')} ${plural(timeoutsOpen, 'pending transfer')} would have expired one day and ` +
        'will not: post or void by hand',
    );
  }
  return differences.length === 0 ? 0 : 1;
}
