/** A book that cannot be imported as it stands. */
import { TallystickError } from '../model/index.ts';
import { describe, type Problem } from './book.ts';

const SHOWN = 20;

/** Code `book_invalid`; nothing of the book was sent. `message` shows the first problems, `problems` has them all. */
export class BookError extends TallystickError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const shown = problems.slice(0, SHOWN).map(describe).join('\n');
    const more = problems.length > SHOWN ? `\nand ${problems.length - SHOWN} more` : '';
    super('book_invalid', shown + more);
    this.problems = problems;
  }
}
