/** Starts {@link ./replay-child.ts}, listens to it, and has it killed after a given number of acknowledged lines. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ReplayedChild {
  /** Numbers of the lines of the trace whose replies the child had. */
  readonly acknowledged: readonly number[];
  /** It came to its end and closed the ledger, before any kill. */
  readonly closed: boolean;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** What it wrote on its error stream. */
  readonly errors: string;
}

export interface ReplayOrders {
  /** Compiled module that exports `openReplay(folder)`. */
  readonly module: string;
  readonly folder: string;
  readonly trace: string;
  readonly from?: number;
  readonly to?: number;
  /** SIGKILL soon after that many lines are acknowledged; never, if left out. */
  readonly killAfter?: number;
}

/** Resolves when the child is gone. */
export function replayInChild(orders: ReplayOrders): Promise<ReplayedChild> {
  const {
    module,
    folder,
    trace,
    from = 1,
    to = Number.POSITIVE_INFINITY,
    killAfter = Number.POSITIVE_INFINITY,
  } = orders;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'replay-child.js'), module, folder, trace, ...[from, to, killAfter].map(String)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const acknowledged: number[] = [];
  let closed = false;
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const spoken = createInterface({ input: child.stdout });
  spoken.on('line', (word) => {
    if (word === 'closed') closed = true;
    else if (word !== 'open') acknowledged.push(Number(word));
  });
  return new Promise((resolve, reject) => {
    let ended: [number | null, NodeJS.Signals | null] | undefined;
    let heard = false;
    const done = (): void => {
      if (ended && heard) resolve({ acknowledged, closed, code: ended[0], signal: ended[1], errors });
    };
    spoken.on('close', () => {
      heard = true;
      done();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      ended = [code, signal];
      done();
    });
  });
}
