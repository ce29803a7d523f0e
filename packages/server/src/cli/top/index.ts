/** `tallystick top`: looks at a server's metrics once a second and shows what happened in between. */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { colours } from '../colours.ts';
import { picture } from './picture.ts';
import { metricsUrl, type Scrape, Span, scraper } from './scrape.ts';

export interface TopOptions {
  readonly once?: boolean;
  /** Milliseconds. */
  readonly interval: number;
  readonly token?: string;
}

const HOME_AND_CLEAR = '\x1b[H\x1b[J';
/** A second screen, so that what was there comes back; no cursor. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Keys: q, Escape, and Ctrl-C, which is a key like any other when a terminal hands over keys. */
const LEAVING: ReadonlySet<string> = new Set(['q', 'Q', '\x1b', '\x03']);

/** Ends when interrupted, at a terminal also by the key q. Without a terminal, pictures follow one another. */
export async function top(address: string, options: TopOptions): Promise<void> {
  const scrape = scraper(metricsUrl(address), options.token ?? process.env.TALLYSTICK_METRICS_TOKEN);
  let before = await scrape();
  if (options.once === true) {
    await sleep(options.interval);
    console.log(picture(new Span(before, await scrape())));
    return;
  }
  const terminal = process.stdout.isTTY === true;
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  if (terminal) process.stdout.write(ENTER);
  const letGo = terminal ? hearKeys(process.stdin, () => ended.abort()) : undefined;
  try {
    for (;;) {
      await sleep(options.interval, undefined, { signal: ended.signal });
      const after: Scrape | Error = await scrape().catch((error: Error) => error);
      if (after instanceof Error)
        show(terminal, `${colours.red(after.message)}\nlooking again every ${options.interval} ms`);
      else {
        show(terminal, picture(new Span(before, after)));
        before = after;
      }
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    letGo?.();
    if (terminal) process.stdout.write(LEAVE);
  }
}

/** A terminal that hands over keys, as `process.stdin` does. */
export interface Keys extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
}

/** Calls `leave` at q, Escape or Ctrl-C, and shows no key that is typed. Returns what gives the terminal back. */
export function hearKeys(input: Keys, leave: () => void): () => void {
  if (input.isTTY !== true) return () => undefined;
  input.setRawMode?.(true);
  const hear = (typed: Buffer): void => {
    if (LEAVING.has(typed.toString('latin1'))) leave();
  };
  input.on('data', hear);
  return () => {
    input.off('data', hear);
    input.setRawMode?.(false);
    input.pause();
  };
}

/** On a terminal cut to what fits, lest it scrolls. */
function show(terminal: boolean, text: string): void {
  if (!terminal) {
    process.stdout.write(`${text}\n\n`);
    return;
  }
  const lines = text.split('\n').slice(0, Math.max(1, process.stdout.rows - 1));
  process.stdout.write(`${HOME_AND_CLEAR}${lines.join('\n')}\n`);
}
