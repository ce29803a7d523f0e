/** Names that an object may have: one that is misspelt must not be taken for one that was left out. */
import { named } from './named.ts';
import { invalidField } from './scalars.ts';

export class Names {
  readonly #known: ReadonlySet<string>;
  /** All known, in the order in which objects had them: most objects are written by one line of one program. */
  readonly #last: string[] = [];

  constructor(known: readonly string[]) {
    this.#known = new Set(known);
  }

  /** Throws `invalid_argument` with the first name that is not known. */
  check(object: object): void {
    const last = this.#last;
    let index = 0;
    for (const name in object) {
      if (name !== last[index]) {
        if (!this.#known.has(name)) throw invalidField(named(name), 'is no field that this has');
        last[index] = name;
      }
      index++;
    }
  }
}

/** Throws `invalid_argument` for an option of `whose` that there is not. */
export function checkOptions(options: object, known: readonly string[], whose: string): void {
  if (typeof options !== 'object' || options === null) throw invalidField('options', `of ${whose} must be an object`);
  for (const name in options) {
    if (!known.includes(name)) throw invalidField(named(name), `is no option of ${whose}: ${known.join(', ')}`);
  }
}
