/**
 * The files of a book that a stranger may have written: the one that was named, and what it includes. Included files
 * lie below the folder of the first one, are plain files, and are bounded in number, depth and size. Lines of a file
 * that has no name of a book are not shown: it may be somebody's key.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { isBookName, type Source } from 'tallystick/internal/books';
import { TallystickError } from 'tallystick/internal/model';
import { decode } from './book-encodings.ts';
import { advance, isPattern, patternOf } from './glob.ts';

export interface BookLimits {
  readonly filesMax: number;
  readonly depthMax: number;
  /** Of one file, and of all of them together. */
  readonly bytesMax: number;
  /** Folder entries that patterns may look at. */
  readonly entriesMax: number;
}

const LIMITS: BookLimits = { filesMax: 5000, depthMax: 64, bytesMax: 480 * 2 ** 20, entriesMax: 50_000 };

export class BookFiles {
  readonly #root: string;
  readonly #outside: boolean;
  readonly #limits: BookLimits;
  readonly #depths: Map<string, number> = new Map();
  #files = 0;
  #bytes = 0;
  #entries = 0;

  constructor(main: string, options: { readonly outside?: boolean; readonly limits?: Partial<BookLimits> } = {}) {
    this.#outside = options.outside === true;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#root = realpathSync(dirname(resolve(main)));
  }

  /** A book and the files that it may include. @throws TallystickError as {@link BookFiles.read} does. */
  static open(
    path: string,
    options: { readonly outside?: boolean; readonly limits?: Partial<BookLimits> } = {},
  ): { readonly source: Source; readonly files: BookFiles } {
    let files: BookFiles;
    try {
      files = new BookFiles(path, options);
    } catch (cause) {
      throw new TallystickError('not_found', `The book ${path} cannot be read.`, { cause });
    }
    return { source: files.#source(path, true), files };
  }

  /** What an `include` in `from` names, in order. @throws TallystickError `not_found`, `book_invalid`. */
  readonly include = (pattern: string, from: string, encoding?: string): Source[] => {
    const depth = (this.#depths.get(from) ?? 0) + 1;
    if (depth > this.#limits.depthMax) throw tooMuch(`includes more than ${this.#limits.depthMax} files deep`);
    const base = resolve(dirname(from));
    const paths = isPattern(pattern) ? this.#match(pattern, base) : this.#literal(resolve(base, pattern), pattern);
    return paths.map((path) => {
      this.#depths.set(path, depth);
      return this.#source(path, false, encoding);
    });
  };

  /** A file that the caller has named, wherever it lies. @throws TallystickError as {@link BookFiles.include} does. */
  named(path: string, encoding?: string): Source {
    return this.#source(path, true, encoding);
  }

  #literal(path: string, written: string): string[] {
    const real = realOf(path);
    if (real === undefined) {
      // Whether a file outside is there is nobody's business either.
      if (!this.#outside && !isBelow(this.#root, path)) throw outside(written, this.#root);
      return [];
    }
    this.#check(real, written);
    return [path];
  }

  #check(real: string, written: string): void {
    if (!this.#outside && !isBelow(this.#root, real)) throw outside(written, this.#root);
  }

  /** Walks no further than the pattern can reach, and through no link to another folder. */
  #match(pattern: string, base: string): string[] {
    const parts = pattern.split('/');
    const wild = parts.findIndex(isPattern);
    const fixed = resolve(base, parts.slice(0, wild).join('/') || (isAbsolute(pattern) ? sep : '.'));
    const rest = parts.slice(wild);
    if (rest.includes('..') || rest.length > this.#limits.depthMax) {
      throw new TallystickError('book_invalid', `The pattern "${short(pattern)}" cannot be followed.`);
    }
    const real = realOf(fixed);
    if (real === undefined) return [];
    this.#check(real, pattern);
    const { segments } = patternOf(rest.join('/'));
    const found: string[] = [];
    const walk = (folder: string, places: ReadonlySet<number>, depth: number): void => {
      if (depth > this.#limits.depthMax) throw tooMuch(`folders more than ${this.#limits.depthMax} deep`);
      for (const entry of entriesOf(folder)) {
        this.#entries += 1;
        if (this.#entries > this.#limits.entriesMax)
          throw tooMuch(`patterns over more than ${this.#limits.entriesMax} files`);
        const next = advance(segments, places, entry.name);
        if (next.size === 0) continue;
        const path = resolve(folder, entry.name);
        if (entry.isDirectory()) walk(path, next, depth + 1);
        else if (next.has(segments.length) && (entry.isFile() || this.#isLinked(path, pattern))) found.push(path);
      }
    };
    walk(fixed, new Set([0]), 0);
    return found.sort();
  }

  #isLinked(path: string, pattern: string): boolean {
    const real = realOf(path);
    if (real !== undefined) this.#check(real, pattern);
    return real !== undefined;
  }

  #source(path: string, named: boolean, encoding: string = 'utf-8'): Source {
    this.#files += 1;
    if (this.#files > this.#limits.filesMax) throw tooMuch(`more than ${this.#limits.filesMax} files`);
    const bytes = this.#read(path);
    return { path, text: decode(bytes, encoding, path), size: bytes.length, quoted: named || isBookName(path) };
  }

  /** A pipe or a device could keep us waiting, or never end: only plain files are read. */
  #read(path: string): Buffer {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      throw new TallystickError('not_found', `The book ${path} cannot be read.`, { cause });
    }
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new TallystickError('book_invalid', `The book ${path} is not a plain file.`);
      this.#bytes += stat.size;
      if (this.#bytes > this.#limits.bytesMax) throw tooMuch(`more than ${this.#limits.bytesMax} bytes`);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  }
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

const isBelow = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): ReturnType<typeof readFolder> {
  try {
    return readFolder(folder);
  } catch (cause) {
    throw new TallystickError('not_found', `The folder ${folder} cannot be read.`, { cause });
  }
}

const readFolder = (folder: string) => readdirSync(folder, { withFileTypes: true });

const tooMuch = (what: string): TallystickError =>
  new TallystickError('book_invalid', `The book is too large to be read: ${what}.`);

const outside = (written: string, root: string): TallystickError =>
  new TallystickError(
    'book_invalid',
    `The book includes "${short(written)}", which is not below its folder ${root}: say --include-outside if it may.`,
  );
