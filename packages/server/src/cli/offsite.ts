/** `tallystick backup --to file://… | s3://…`, `restore` and `drill`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isoText } from 'tallystick/internal/base';
import { openFolder } from 'tallystick/internal/engine';
import { backup, type Until } from 'tallystick/internal/inspect';
import { accountsOf, newestTimestamp, ObjectLedger, TallystickError } from 'tallystick/internal/model';
import { DiskStorage } from 'tallystick/internal/platform';
import { Backups, Seal, type StoredBackup, storeAt } from '../offsite/index.ts';
import { bytes, grouped, plural } from './print.ts';

export interface OffsiteOptions {
  /** A file with the key: 64 digits of hex. */
  readonly keyFile: string;
  /** Where copies lie meanwhile; as much room as the ledger takes, twice for a drill. */
  readonly scratch?: string;
  readonly json?: boolean;
}

export interface BackupToOptions extends OffsiteOptions {
  readonly to: string;
  /** Newest backups that stay. */
  readonly keep: number;
}

export interface RestoreOptions extends OffsiteOptions {
  readonly to: string;
  /** An op, or a time. */
  readonly until?: Until;
}

const KEEP_SCRATCH = 'tallystick-backup-';

async function openBackups(url: string, { keyFile }: OffsiteOptions): Promise<Backups> {
  const seal = Seal.fromFile(keyFile);
  return new Backups(await storeAt(url), seal);
}

/** A folder that is gone afterwards, whatever happens. */
async function inScratch<T>({ scratch }: OffsiteOptions, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(scratch ?? tmpdir(), KEEP_SCRATCH));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface State {
  readonly ledgerId: string;
  readonly op: number;
  /** SHA-256 of all accounts with their balances, and of the time of the newest record. */
  readonly digest: string;
}

/** Opens the ledger in a folder, which is a copy, and reads all its accounts. */
async function stateOf(folder: string): Promise<State> {
  const { engine, ledgerId } = await openFolder(folder, { mode: 'inline', expires: false });
  const ledger = new ObjectLedger(engine);
  try {
    const hash = createHash('sha256');
    const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
    for await (const page of accountsOf(ledger)) for (const account of page) hash.update(JSON.stringify(account, text));
    hash.update(String(await newestTimestamp(ledger)));
    return { ledgerId: ledgerId.toString(16).padStart(32, '0'), op: engine.op, digest: hash.digest('hex') };
  } finally {
    await ledger.close();
  }
}

/** Sends what earlier backups have not. Returns the exit code. */
export async function backupOffsite(folder: string, options: BackupToOptions): Promise<number> {
  const backups = await openBackups(options.to, options);
  const started = performance.now();
  const written = await inScratch(options, async (scratch) => {
    const copy = join(scratch, 'copy');
    const { op, timestamp } = backup(new DiskStorage(), folder, copy);
    // What opens is a copy of the copy: opening writes.
    const opened = join(scratch, 'opened');
    backup(new DiskStorage(), copy, opened);
    const { ledgerId, digest } = await stateOf(opened);
    rmSync(opened, { recursive: true });
    const about = { ledger_id: ledgerId, op, timestamp: String(timestamp), digest };
    return { ...(await backups.write(copy, about, options.keep)), op, timestamp };
  });
  const seconds = (performance.now() - started) / 1000;
  if (options.json === true) {
    const { name, op, timestamp, bytes: all, bytesSent: sent, removed } = written;
    print({ name, op, timestamp: String(timestamp), bytes: all, bytes_sent: sent, removed, seconds });
    return 0;
  }
  const until = written.op === 0 ? 'no batch yet' : `up to op ${grouped(written.op)}, ${isoText(written.timestamp)}`;
  const what = `${bytes(written.bytesSent)} of ${bytes(written.bytes)} sent, read back and verified`;
  process.stdout.write(
    `${options.to}/${written.name}: ${until}; ${what} in ${seconds.toFixed(1)} s; ` +
      `${plural(written.removed, 'older backup')} removed\n`,
  );
  return 0;
}

const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** The oldest backup that reaches so far; without `until` the newest. */
function chosen(all: readonly StoredBackup[], url: string, until: Until | undefined): StoredBackup {
  const reaches = ({ op, timestamp }: StoredBackup): boolean =>
    until === undefined || ('op' in until ? op >= until.op : timestamp >= until.timestamp);
  // A time after the newest backup means all that there is.
  const isTime = until !== undefined && 'timestamp' in until;
  const found = until === undefined ? all.at(-1) : (all.find(reaches) ?? (isTime ? all.at(-1) : undefined));
  if (found !== undefined) return found;
  const newest = all.at(-1);
  const why = newest === undefined ? 'there are no backups' : `the newest backup ends at op ${newest.op}`;
  throw new TallystickError('not_found', `${url}: ${why}`);
}

/** Makes a folder of a backup. Returns the exit code. */
export async function restore(url: string, options: RestoreOptions): Promise<number> {
  const to = resolve(options.to);
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new TallystickError('invalid_argument', `There is something in ${to} already; give a folder of its own.`);
  }
  const backups = await openBackups(url, options);
  const { name } = chosen(await backups.list(), url, options.until);
  const contents = await backups.read(name);
  const restored = await inScratch({ ...options, scratch: options.scratch ?? dirname(to) }, async (scratch) => {
    const copy = join(scratch, 'copy');
    await backups.fetch(contents, copy);
    return backup(new DiskStorage(), copy, to, undefined, options.until);
  });
  const { op, timestamp } = restored;
  if (options.json === true) print({ from: name, op, timestamp: String(timestamp), ledger_id: contents.ledger_id });
  else process.stdout.write(`${options.to}: op ${grouped(op)}, ${isoText(timestamp)}, of ${name}; verified\n`);
  return 0;
}

/** Restores the newest backup into a scratch folder, opens it, and compares. Returns the exit code: 1 if it differs. */
export async function drill(url: string, options: OffsiteOptions): Promise<number> {
  const backups = await openBackups(url, options);
  const { name } = chosen(await backups.list(), url, undefined);
  const contents = await backups.read(name);
  const started = performance.now();
  const state = await inScratch(options, async (scratch) => {
    const copy = join(scratch, 'copy');
    await backups.fetch(contents, copy);
    const whole = join(scratch, 'whole');
    backup(new DiskStorage(), copy, whole);
    return stateOf(whole);
  });
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  const isSame = state.digest === contents.digest && state.op === contents.op && state.ledgerId === contents.ledger_id;
  if (options.json === true) print({ from: name, op: state.op, same: isSame, digest: state.digest, seconds });
  else {
    const what = isSame ? 'opens, and holds what the ledger held' : `differs: ${state.digest}, not ${contents.digest}`;
    process.stdout.write(`${name}: op ${grouped(state.op)}; ${what}; ${seconds} s\n`);
  }
  return isSame ? 0 : 1;
}
