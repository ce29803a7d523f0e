/** The recorded conversations, and what is needed to have half of one before a crash and the other half after it. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  compareReply,
  findStaleReply,
  readTrace,
  type TraceLine,
  tracesIn,
  WAIT_NANOSECONDS,
} from '../../src/conform/index.ts';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import { Operation } from '../../src/model/index.ts';

const corpus = join(import.meta.dirname, '../../../../shared/corpus');

export interface Trace {
  readonly name: string;
  readonly path: string;
  readonly lines: readonly TraceLine[];
  /** Why no replay can agree with it. */
  readonly past: string | undefined;
}

/** Empty when the corpus is not there. */
export async function traces(): Promise<Trace[]> {
  if (!existsSync(corpus)) return [];
  return Promise.all(
    (await tracesIn(corpus)).map(async (path) => {
      const lines = await readTrace(path);
      const stale = findStaleReply(lines);
      const past =
        stale === undefined
          ? undefined
          : `line ${stale.line} answers ${stale.status} to id ${stale.id}, never sent: recorded on a ledger with ` +
            'a past';
      return { name: basename(path), path, lines, past };
    }),
  );
}

/** Newest time told behind the first i lines, for each i. */
export function times(lines: readonly TraceLine[]): bigint[] {
  const all = [0n];
  for (const line of lines) {
    const last = all.at(-1)!;
    if (line.kind === 'wait') all.push(last + WAIT_NANOSECONDS);
    else all.push(line.timestamp > last ? line.timestamp : last);
  }
  return all;
}

/** Journalled batches behind the first i lines, for each i: the same on every ledger that begins empty. */
export async function ops(lines: readonly TraceLine[]): Promise<number[]> {
  const { engine } = openMemory({ expires: false });
  const port = new EngineReplayPort(engine);
  const all = [0];
  for (const line of lines) {
    await tell(line, port);
    all.push(engine.sequencer.op);
  }
  await port.close();
  return all;
}

/** Says one line; the reply is empty where there is none. */
export async function tell(line: TraceLine, port: EngineReplayPort): Promise<Uint8Array> {
  if (line.kind !== 'wait') return port.request(line.operation, line.events, line.timestamp);
  await port.advance(WAIT_NANOSECONDS);
  return new Uint8Array(0);
}

/** Compares a reply to `line` with the one that was recorded; nothing to print if it is the same. */
export function compared(line: TraceLine, reply: Uint8Array, name: string): string[] {
  return line.kind === 'wait' ? [] : [...compareReply(line, reply, name)].flat();
}

/** A ledger that was opened in the middle of a trace does not know how late it is. */
export async function tellTime(time: bigint, port: EngineReplayPort): Promise<void> {
  await port.request(Operation.lookup_accounts, new Uint8Array(0), time);
}
