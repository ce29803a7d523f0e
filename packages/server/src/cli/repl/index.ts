/** `tallystick repl`: talk to a ledger by hand, or by script. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { id, type Pin } from 'tallystick';
import { version } from 'tallystick/internal/platform';
import { errorColours as colours } from '../colours.ts';
import { explain } from '../explain.ts';
import { describedAddress, isAddress, openTarget } from '../target.ts';
import type { Format } from './format.ts';
import { HistoryFile, historyPath } from './history.ts';
import { interact } from './interact.ts';
import { Session } from './session.ts';

export { FORMATS } from './format.ts';

export interface ReplOptions {
  /** Statements to run in place of a prompt. */
  readonly command?: string;
  /** Left out: tables on a terminal, JSON elsewhere. */
  readonly format?: Format;
  readonly json?: boolean;
  /** False: nothing typed is remembered. A path: remembered there. */
  readonly history?: boolean | string;
  readonly verbose?: boolean;
  /** What a server is held to. */
  readonly pin?: Pin;
}

const WIDTH_MIN = 40;
const WIDTH_DEFAULT = 120;

/**
 * `named`: left out, the described address, or a ledger in memory. Returns the exit code: 1 when a statement was not
 * understood, found nothing, or was refused.
 */
export async function repl(named: string | undefined, options: ReplOptions): Promise<number> {
  const target = named ?? describedAddress() ?? ':memory:';
  const script = options.command ?? (process.stdin.isTTY === true ? undefined : await text(process.stdin));
  const isNew = target !== ':memory:' && !isAddress(target) && !existsSync(join(target, 'superblock'));
  await using ledger = await openTarget(target, options.pin);
  // A mistyped name makes a ledger, and shall not do so in silence.
  if (isNew) console.error(`${colours.yellow('new')} a ledger was made in ${target}, where there was none`);
  const session = new Session({
    ledger,
    newId: id,
    format: options.json === true ? 'json' : (options.format ?? (process.stdout.isTTY === true ? 'table' : 'json')),
    width: () => Math.max(WIDTH_MIN, process.stdout.columns ?? WIDTH_DEFAULT),
    print: (printed) => void process.stdout.write(`${printed}\n`),
    say: (said) => void process.stderr.write(`${said}\n`),
  });
  if (script !== undefined) return (await session.run(script)) === 'no' ? 1 : 0;
  console.error(colours.dim(`Tallystick ${version()} on ${target}. "help" helps, Tab completes, Ctrl-D leaves.`));
  const path = typeof options.history === 'string' ? options.history : historyPath();
  await interact({
    input: process.stdin,
    output: process.stdout,
    history: options.history === false ? undefined : new HistoryFile(path),
    run: (typed) => session.run(typed),
    asOf: () => session.asOf,
    explain: (error) => explain(error, options.verbose === true),
  });
  return 0;
}
