/** What differs between a person at a terminal and a program at the other end of a pipe. */
import { SingleBar } from 'cli-progress';
import { grouped } from './print.ts';

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
    format: `${title} {bar} {percentage}%  {value}/{total}  {rate}/s  {left}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    barsize: 30,
  });
  bar.start(total, 0, { rate: '-', left: '' });
  const started = performance.now();
  let drawn = started;
  return {
    // The bar itself formats on every update, which a few hundred thousand answers a second would feel.
    update(done, more = total) {
      total = more;
      const now = performance.now();
      if (now - drawn < 100) return;
      drawn = now;
      bar.setTotal(total);
      bar.update(done, paceOf(done, total, (now - started) / 1000));
    },
    stop() {
      bar.setTotal(total);
      bar.update(total);
      bar.stop();
    },
  };
}

/** The rate since the beginning, and how long the rest takes at that rate. */
export function paceOf(done: number, total: number, seconds: number): { readonly rate: string; readonly left: string } {
  const rate = seconds > 0 ? done / seconds : 0;
  if (rate === 0) return { rate: '-', left: '' };
  const rest = Math.ceil(Math.max(0, total - done) / rate);
  const minutes = Math.floor(rest / 60);
  const left = minutes === 0 ? `${rest} s` : `${minutes} min ${String(rest % 60).padStart(2, '0')} s`;
  return { rate: grouped(rate), left: `${left} left` };
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
