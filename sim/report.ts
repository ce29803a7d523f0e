/** How far a run of many seeds is, and what it came to: for people. */
import type { Outcome } from './failure.ts';

const PROGRESS_MS = 30_000;
/** Columns of the table of what happened, and what one is wide. */
const COLUMNS = 3;
const WIDTH = 44;

export class Report {
  readonly #started: number = performance.now();
  readonly #counts = new Map<string, number>();
  /** Batches of both runs of every seed. */
  #batches = 0;
  #seeds = 0;
  #told = this.#started;
  #seedStarted = this.#started;
  readonly #slowest = { seed: 0, ms: 0 };

  /** Since the beginning. */
  get milliseconds(): number {
    return performance.now() - this.#started;
  }

  /** A world came to its end twice. */
  add(first: Outcome, second: Outcome): void {
    this.#batches += first.batches + second.batches;
    for (const [what, count] of first.counts) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  /** A seed is done with; `where`: how the rest goes on, for whoever wants to. */
  done(seed: number, where: string): void {
    this.#seeds++;
    const now = performance.now();
    if (now - this.#seedStarted > this.#slowest.ms) Object.assign(this.#slowest, { seed, ms: now - this.#seedStarted });
    this.#seedStarted = now;
    if (now - this.#told < PROGRESS_MS) return;
    this.#told = now;
    console.log(`  ${this.#sum()}${where === '' ? '' : `; ${where}`}`);
  }

  /** Prints what it came to. */
  end(): void {
    const happened = [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${String(times).padStart(8)} ${what}`.padEnd(WIDTH));
    const lines = Math.ceil(happened.length / COLUMNS);
    for (let line = 0; line < lines; line++) {
      console.log(
        happened
          .filter((_, index) => index % lines === line)
          .join('')
          .trimEnd(),
      );
    }
    console.log(this.#sum());
    if (this.#seeds > 1) console.log(`the slowest was ${this.#slowest.seed}, ${seconds(this.#slowest.ms)}`);
  }

  #sum(): string {
    const { user, system } = process.cpuUsage();
    const perMinute = Math.round((this.#batches * 60e6) / (user + system));
    return (
      `${this.#seeds} seeds, each twice, in ${seconds(this.milliseconds)}; ${this.#batches} batches, ` +
      `${perMinute} a minute of CPU`
    );
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
