/** A book that cannot be imported as it stands. */
import { TallystickError } from '../model/index.ts';
import { describe, type Problem } from './book.ts';

const SHOWN = 20;

/** What somebody may ask for who wants the book as it stands. */
export type Waiver = 'assertions' | 'partial';

const WAIVERS: { readonly [waiver in Waiver]: string } = {
  assertions: 'its own program stops where a balance assertion fails: say --no-assertions to import it as it stands',
  partial: 'its own program would run this: say --partial to import the rest without it',
};

/** Code `book_invalid`; nothing of the book was sent, and it can be if `waiver` is given. */
export class BookStopped extends TallystickError {
  readonly waiver: Waiver;
  /** All that was told of the book. */
  readonly problems: readonly Problem[];

  constructor(waiver: Waiver, reasons: readonly Problem[], problems: readonly Problem[]) {
    const shown = reasons.slice(0, SHOWN).map(describe).join('\n');
    const more = reasons.length > SHOWN ? `\nand ${reasons.length - SHOWN} more` : '';
    super('book_invalid', `${shown}${more}\n${WAIVERS[waiver]}`);
    this.waiver = waiver;
    this.problems = problems;
  }
}

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
