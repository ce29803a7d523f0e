/** `tallystick project LEDGER --to DATABASE`. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Pin, TallystickError } from 'tallystick';
import { isoText } from 'tallystick/internal/base';
import { openFolder } from 'tallystick/internal/engine';
import { ledgerFiles } from 'tallystick/internal/inspect';
import { type Ledger, ObjectLedger } from 'tallystick/internal/model';
import { DiskStorage } from 'tallystick/internal/platform';
import { type Figure, serveFigures } from '../observe/index.ts';
import { databaseAt, type Progress, Projection } from '../sql/index.ts';
import { grouped, plural } from './print.ts';
import { isAddress, refusePin } from './target.ts';

export interface ProjectOptions {
  readonly to: string;
  /** End when everything that was there is projected. */
  readonly once?: boolean;
  /** Milliseconds between two looks when nothing is new. */
  readonly interval: number;
  /** Of loopback, for Prometheus. */
  readonly metricsPort?: number;
  readonly pin?: Pin;
}

interface Source {
  readonly ledger: Ledger;
  readonly ledgerId: string;
}

const AGAIN_MS = 250;
const AGAIN_MS_MAX = 10_000;
const DIGITS = 32;

/**
 * Follows until SIGTERM or SIGINT; a folder, which nobody else writes meanwhile, and `once`, end when all is projected.
 * Returns the exit code. Throws what cannot pass by itself.
 */
export async function project(target: string, options: ProjectOptions): Promise<number> {
  const leaving = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leaving.abort());
  const source = await openSource(target, options.pin);
  const database = databaseAt(options.to);
  const projection = new Projection({ ...source, database });
  const { metricsPort } = options;
  const figures =
    metricsPort === undefined ? undefined : await serveFigures(figuresOf(projection.progress), metricsPort);
  try {
    await follow(projection, { ...options, once: options.once === true || !isAddress(target) }, leaving.signal);
  } finally {
    figures?.close();
    await database.close();
    await source.ledger.close();
  }
  const { changes, accounts, position } = projection.progress;
  const until = position === 0n ? 'no change yet' : `up to ${isoText(position)}`;
  process.stdout.write(`${plural(accounts, 'account')}, ${plural(changes, 'change')}; ${options.to}: ${until}\n`);
  return 0;
}

async function follow(
  projection: Projection,
  { once, interval }: { readonly once: boolean; readonly interval: number },
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const more = await projection.step();
      failures = 0;
      if (more) continue;
      if (once) return;
      await pause(interval, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof TallystickError && error.retriable) || error.code === 'locked') throw error;
      failures += 1;
      const wait = Math.min(AGAIN_MS * 2 ** Math.min(failures, 10), AGAIN_MS_MAX);
      console.error(`${error.code}: ${error.message}; again in ${grouped(wait)} ms`);
      await pause(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** A folder is opened so that nothing expires meanwhile: reading a ledger moves no money. */
async function openSource(target: string, pin: Pin | undefined): Promise<Source> {
  if (isAddress(target)) {
    const addresses = target.startsWith('unix:') ? [target] : target.split(',');
    const ledger = await connect(addresses, pin === undefined ? {} : { pin });
    return { ledger, ledgerId: hex(ledger.pin.ledgerId) };
  }
  refusePin(target, pin);
  ledgerFiles(new DiskStorage(), target);
  const { engine, ledgerId } = await openFolder(target, { mode: 'inline', expires: false });
  return { ledger: new ObjectLedger(engine), ledgerId: hex(ledgerId) };
}

function hex(id: bigint): string {
  return id.toString(16).padStart(DIGITS, '0');
}

/** How far the projection is, and how old what it shows may be. */
function figuresOf(progress: Progress): readonly Figure[] {
  return [
    {
      name: 'tallystick_projection_changes_total',
      type: 'counter',
      about: 'Changes that this process has projected.',
      read: () => progress.changes,
    },
    {
      name: 'tallystick_projection_position_seconds',
      type: 'gauge',
      about: 'Time of the newest change in the database, in seconds since the epoch; 0 before the first.',
      read: () => Number(progress.position / 1000n) / 1e6,
    },
    {
      name: 'tallystick_projection_lag_seconds',
      type: 'gauge',
      about: 'Since the database was last known to have everything that the ledger had; absent before that.',
      read: () => (progress.caughtUpAt === undefined ? undefined : (performance.now() - progress.caughtUpAt) / 1000),
    },
  ];
}
