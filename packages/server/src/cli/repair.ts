/**
 * `tallystick repair`: opens a ledger as its one writer, makes again what is derived and damaged, and closes it in
 * order.
 */
import { resolve } from 'node:path';
import { openFolder } from 'tallystick/internal/engine';
import { ledgerFiles } from 'tallystick/internal/inspect';
import { TallystickError } from 'tallystick/internal/model';
import { DiskStorage } from 'tallystick/internal/platform';
import { colours } from './colours.ts';
import { grouped, plural } from './print.ts';

export interface RepairOptions {
  /** `true`, or the op that the ledger must still reach, as text. */
  readonly acceptLoss?: boolean | string;
  readonly takeOver?: boolean;
  readonly json?: boolean;
}

/** Returns the exit code: 1 when a loss was accepted. Throws what opening throws. */
export async function repair(folder: string, options: RepairOptions): Promise<number> {
  ledgerFiles(new DiskStorage(), folder);
  const { engine, recovery } = await openFolder(folder, {
    mode: 'inline',
    expires: false,
    repair: true,
    takeOver: options.takeOver ?? false,
    acceptLoss: accepted(options.acceptLoss),
  });
  const { op } = engine.sequencer;
  await engine.close();
  const { kept, loss } = recovery;
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ op, kept, loss: loss ?? null })}\n`);
    return loss === undefined ? 0 : 1;
  }
  for (const one of kept) process.stdout.write(`${colours.yellow('kept')} ${one.kept}: ${one.why}\n`);
  if (loss !== undefined) process.stdout.write(`${colours.red('lost')} from op ${grouped(loss.op)} on: ${loss.why}\n`);
  const given = kept.length === 0 ? 'nothing was given up' : `${plural(kept.length, 'file')} in ${folder}/lost+found`;
  process.stdout.write(`${resolve(folder)} reaches op ${grouped(op)} and is closed in order; ${given}\n`);
  return loss === undefined ? 0 : 1;
}

function accepted(text: boolean | string | undefined): boolean | number {
  if (text === undefined || typeof text === 'boolean') return text ?? false;
  const op = Number(text);
  if (Number.isSafeInteger(op) && op >= 0) return op;
  throw new TallystickError('invalid_argument', `--accept-loss ${text}: the op that the ledger must still reach`);
}
