/**
 * Bugs that we plant to see whether the simulator finds them. Each replaces one passage of one file in a copy of what
 * was built; the product has no switch for any of them. A file under `src/` that ends with `.js` is the compiler's
 * output in `dist/`; one of a kernel is AssemblyScript and is compiled again.
 */
export interface Bug {
  readonly name: string;
  /** The defect, as a sentence. */
  readonly what: string;
  readonly file: string;
  /** Occurs once in the file. */
  readonly good: string;
  readonly bad: string;
  /** The simulator's world that finds it. */
  readonly world: 'disk' | 'silent' | 'files' | 'town' | 'shards' | 'cluster' | 'every-step' | 'every-error';
  /** It must be found within so many seeds, from {@link first} on. */
  readonly seeds: number;
  /** Seeds before that one were tried once, and take minutes to find nothing; 1 by default. */
  readonly first?: number;
}
