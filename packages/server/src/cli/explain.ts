/** An error in a sentence, and what to do next in another. */
import { errorColours as colours } from './colours.ts';
import { printable } from './printable.ts';

interface Explained {
  readonly code: string;
  readonly next: string;
}

/** The stack is for those who asked for it, and for our own mistakes: nobody but us can do anything about these. */
export function explain(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return printable(String(error));
  const { code, next } = error as Error & Partial<Explained>;
  const ours = next === undefined;
  const named = code === undefined ? '' : `${colours.bold(code)}: `;
  const head = `${colours.red('error')} ${named}${printable(error.message)}`;
  const lines = ours ? [head] : [head, `${colours.dim('next')}  ${next}`];
  if (verbose || (ours && code === undefined)) lines.push(stackOf(error));
  return lines.join('\n');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${printable(error.stack ?? error.message)}${cause}`;
}
