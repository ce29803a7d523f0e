/**
 * Names of a payment's parties against lists. A hit sends the payment to people, with the name, the list and its
 * version among the reasons. Whatever cannot be looked up is a reason, too: a list that is not there clears nobody.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { invalid, named, type TallystickError } from 'tallystick/internal/model';
import { add, type ScreeningOutcome } from '../base/counts.ts';
import { type Listed, NameIndex } from './index-of-names.ts';
import { LIST_FORMATS, type List, type ListFormat, readList } from './lists.ts';
import { NAME_CHARACTERS_MAX } from './names.ts';

/** A list as it is configured. */
export interface ListAt {
  readonly path: string;
  readonly format: ListFormat;
}

/** How names are screened. */
export interface ScreeningOptions {
  readonly lists: readonly ListAt[];
  /** From 50 to 100: names as alike as this are a hit; 85 by default. */
  readonly scoreMin?: number;
  /** How many must approve of a payment that is a hit; 1 by default. */
  readonly approvals?: number;
}

/** A name that is like one on a list. */
export interface Hit {
  readonly given: string;
  readonly listed: string;
  readonly list: string;
  /** Id of the entry, as the list has it. */
  readonly entry: string;
  readonly version: string;
  /** From 0 to 100. */
  readonly score: number;
}

/** A list that is in force. */
export interface ListView {
  readonly name: string;
  readonly format: ListFormat;
  /** SHA-256 of its file. */
  readonly version: string;
  readonly entries: number;
}

const SCORE_MIN = 85;
const HITS_MAX = 5;
const CLEARED_MAX = 100_000;
const VERSION_SHOWN = 12;

interface Loaded {
  readonly lists: readonly List[];
  readonly index: NameIndex;
  readonly owners: readonly { readonly list: List; readonly id: string }[];
}

export class Screening {
  readonly #options: ScreeningOptions;
  #loaded: Loaded | undefined;
  #failure: string | undefined = 'the lists were not loaded yet';
  /** Names that were looked up since the lists were loaded: repeated payees cost nothing. */
  readonly #known = new Map<string, readonly Hit[]>();
  /** Names that were screened since then, and are like nobody's. */
  readonly #cleared = new Set<string>();
  /** Names of payments, by what was found; `unknown` names could not be screened. */
  readonly looked: ReadonlyMap<ScreeningOutcome, number> = new Map();

  /** Throws `invalid_argument` for options that cannot be. */
  constructor(options: ScreeningOptions) {
    const { lists, scoreMin = SCORE_MIN } = options;
    if (lists.length === 0) throw invalid('screening has no lists');
    const unknown = lists.find(({ format }) => !LIST_FORMATS.includes(format));
    if (unknown !== undefined) {
      throw invalid(`${named(unknown.format)} is no format of a list; there are ${LIST_FORMATS.join(', ')}`);
    }
    if (!(scoreMin >= 50 && scoreMin <= 100)) throw invalid('screening: scoreMin is a number from 50 to 100');
    this.#options = options;
  }

  get approvals(): number {
    return this.#options.approvals ?? 1;
  }

  /** The lists in force. */
  get lists(): readonly ListView[] {
    return (this.#loaded?.lists ?? []).map(({ name, format, version, entries }) => {
      return { name, format, version, entries: entries.length };
    });
  }

  /**
   * Reads all lists anew; the new ones are in force at once. Rejects as reading does: then nobody is cleared until it
   * has worked again, because what is in force may be older than what people believe.
   */
  async load(): Promise<void> {
    try {
      const all = this.#options.lists.map(async ({ path, format }) => {
        return readList(basename(path), format, await readFile(path));
      });
      this.use(await Promise.all(all));
    } catch (error) {
      this.#failure = `the lists cannot be read: ${(error as TallystickError).message}`;
      throw error;
    }
  }

  /** Puts lists in force. */
  use(lists: readonly List[]): void {
    const listed: Listed[] = [];
    const owners: { list: List; id: string }[] = [];
    for (const list of lists) {
      for (const { id, names } of list.entries) {
        for (const name of names) listed.push({ name, entry: owners.length });
        owners.push({ list, id });
      }
    }
    this.#loaded = { lists, index: new NameIndex(listed), owners };
    this.#known.clear();
    this.#cleared.clear();
    this.#failure = undefined;
  }

  /** Names like the given one, the likest first, 5 at most. Throws `invalid_argument` where there are no lists. */
  find(given: string): readonly Hit[] {
    if (this.#failure !== undefined || this.#loaded === undefined) throw invalid(this.#failure ?? 'no lists');
    const known = this.#known.get(given);
    if (known !== undefined) return known;
    const { index, owners } = this.#loaded;
    const seen = new Set<number>();
    const hits: Hit[] = [];
    for (const { listed, score } of index.find(given, this.#options.scoreMin ?? SCORE_MIN)) {
      if (hits.length === HITS_MAX || seen.has(listed.entry)) continue;
      seen.add(listed.entry);
      const { list, id } = owners[listed.entry]!;
      hits.push({ given, listed: listed.name, list: list.name, entry: id, version: list.version, score });
    }
    if (this.#known.size >= CLEARED_MAX) this.#known.clear();
    this.#known.set(given, hits);
    return hits;
  }

  /**
   * Whether all names are known to be like nobody's: looked up before, since the lists in force were loaded. False:
   * {@link reasons} must look, and says why.
   */
  clears(
    parties: readonly string[] | undefined,
    payers: readonly { readonly payer: string }[],
    payees: readonly { readonly payer: string }[],
  ): boolean {
    if (this.#failure !== undefined) return false;
    const names = parties ?? [...payers, ...payees].map(({ payer }) => payer);
    if (!names.every((name) => this.#cleared.has(name))) return false;
    for (const _ of names) this.#count('clear');
    return true;
  }

  /** Why people must look; empty: nobody is like anybody on the lists. Never throws. */
  reasons(names: readonly string[]): string[] {
    const reasons: string[] = [];
    for (const given of names) {
      if (given.length > NAME_CHARACTERS_MAX || !/\p{L}/u.test(given)) {
        reasons.push(`${named(given, 64)} is no name that can be screened`);
        this.#count('unknown');
        continue;
      }
      try {
        const [hit] = this.find(given);
        if (hit !== undefined) reasons.push(reasonOf(hit));
        else this.#clear(given);
        this.#count(hit === undefined ? 'clear' : 'hit');
      } catch (error) {
        reasons.push(`${named(given, 64)} was not screened: ${(error as Error).message}`);
        this.#count('unknown');
      }
    }
    return reasons;
  }

  #clear(name: string): void {
    if (this.#cleared.size >= CLEARED_MAX) this.#cleared.clear();
    this.#cleared.add(name);
  }

  #count(outcome: ScreeningOutcome): void {
    add(this.looked as Map<ScreeningOutcome, number>, outcome);
  }
}

function reasonOf({ given, listed, list, entry, version, score }: Hit): string {
  const which = `${list} (${version.slice(0, VERSION_SHOWN)})`;
  return `${named(given, 64)} is like ${named(listed, 64)}, entry ${entry} of ${which}: ${score} of 100`;
}
