/** What differs between a person at a terminal and a program at the other end of a pipe. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** The total may become another while things are done. */
  update(done: number, total?: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A bar on stderr, drawn a few times a second, for people only: nothing at all when stderr is no terminal. */
export function progressBar(title: string, total: number): Progress {
  if (process.stderr.isTTY !== true) return SILENT;
  const bar = new SingleBar({
    format: `${title} {bar} {percentage}%  {value}/{total}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    barsize: 30,
  });
  bar.start(total, 0);
  let drawn = performance.now();
  return {
    // The bar itself formats on every update, which a few hundred thousand answers a second would feel.
    update(done, more = total) {
      total = more;
      const now = performance.now();
      if (now - drawn < 100) return;
      drawn = now;
      bar.setTotal(total);
      bar.update(done);
    },
    stop() {
      bar.setTotal(total);
      bar.update(total);
      bar.stop();
    },
  };
}

const PATIENCE_MS = 1000;

/** A bar for what may be over at once: it appears after a second. */
export function patientBar(title: string, total: number): Progress {
  if (process.stderr.isTTY !== true) return SILENT;
  const started = performance.now();
  let bar: Progress | undefined;
  return {
    update(done, more = total) {
      if (bar === undefined && performance.now() - started < PATIENCE_MS) return;
      bar ??= progressBar(title, more);
      bar.update(done, more);
    },
    stop() {
      bar?.stop();
    },
  };
}
