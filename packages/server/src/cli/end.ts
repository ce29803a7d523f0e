/** How a server ends that cannot end well. */
import type { Logger } from '../observe/index.ts';

/** The engine cannot go on. */
export const EXIT_FAILED = 2;
/** The drain, or closing the ledger, did not come to its end. */
export const EXIT_STUCK = 3;
/** How long the ledger may take to close; a thread that stands still already is not waited for as long. */
export const CLOSE_MS = 60_000;
const CLOSE_STUCK_MS = 5000;

/**
 * Ends the process now. Node waits for its threads when it exits, and a thread whose disk does not answer never comes
 * back: then only a signal ends the process, SIGALRM, which is nobody else's here (142 to a shell).
 */
export function leave(code: number, stuck: readonly string[]): void {
  if (stuck.length > 0) process.kill(process.pid, 'SIGALRM');
  else process.exit(code);
}

/** Ends the process if it has not ended within `milliseconds` and the time to close. Returns what cancels that. */
export function endWithin(milliseconds: number, stuck: () => readonly string[], log: Logger): () => void {
  const give = (): void => {
    const threads = stuck();
    log.fatal({ threads }, 'the server cannot end by itself: it is ended, and what was not answered is unknown');
    leave(EXIT_STUCK, threads);
  };
  let timer = setTimeout(() => {
    if (stuck().length === 0) timer = setTimeout(give, CLOSE_MS - CLOSE_STUCK_MS);
    else give();
  }, milliseconds + CLOSE_STUCK_MS);
  return () => clearTimeout(timer);
}

/** What nobody has caught ends the server, with a line in the log that says what it was. */
export function dieAloud(log: Logger, stuck: () => readonly string[]): void {
  const die = (err: unknown): void => {
    log.fatal(
      { err },
      'a mistake of our own that nobody has caught: the server ends, and what was not answered is unknown',
    );
    leave(EXIT_FAILED, stuck());
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
