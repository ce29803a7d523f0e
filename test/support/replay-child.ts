/**
 * A process to be killed: opens a ledger and replays lines of a trace into it, saying which ones were acknowledged.
 *
 *   node replay-child.js MODULE FOLDER TRACE [FROM [TO [DIE]]]
 *
 * MODULE exports `openReplay(folder): Promise<ReplayPort>`. Lines FROM (default 1) to TO (default: the last) are
 * replayed, each with the time that the trace gives it. Prints `open` when the ledger is, then the number of each line
 * once its reply is there (written straight to the pipe: what a SIGKILL leaves in the parent's hands was acknowledged),
 * then `closed`. After DIE lines it sends itself a SIGKILL, within three milliseconds and in the middle of whatever its
 * threads are doing then: a parent on a busy machine may come too late.
 */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readTrace, WAIT_NANOSECONDS } from '../../src/conform/index.ts';
import type { ReplayPort } from '../../src/model/index.ts';

/** What MODULE exports. */
export interface ReplayModule {
  openReplay(folder: string): Promise<ReplayPort>;
}

async function main(
  modulePath: string,
  folder: string,
  trace: string,
  from: number,
  to: number,
  die: number,
): Promise<void> {
  const { openReplay } = (await import(pathToFileURL(resolve(modulePath)).href)) as ReplayModule;
  const lines = await readTrace(trace);
  const port = await openReplay(folder);
  say('open');
  let said = 0;
  let death: Promise<void> | undefined;
  for (const line of lines) {
    if (line.line < from || line.line > to) continue;
    if (line.kind === 'wait') await port.advance(WAIT_NANOSECONDS);
    else await port.request(line.operation, line.events, line.timestamp);
    say(String(line.line));
    said++;
    if (said === die) death = dieSoon();
  }
  await death;
  await port.close();
  say('closed');
}

async function dieSoon(): Promise<void> {
  const at = performance.now() + Math.random() * 3;
  while (performance.now() < at) await new Promise((resolve) => setImmediate(resolve));
  process.kill(process.pid, 'SIGKILL');
  // The signal takes a moment, in which the ledger must not be closed.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

function say(word: string): void {
  writeSync(1, `${word}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const [modulePath, folder, trace, from = '1', to = 'Infinity', die = 'Infinity'] = process.argv.slice(2);
  if (modulePath === undefined || folder === undefined || trace === undefined) {
    console.error('usage: replay-child MODULE FOLDER TRACE [FROM [TO [DIE]]]');
    process.exit(2);
  }
  await main(modulePath, folder, trace, Number(from), Number(to), Number(die));
}
