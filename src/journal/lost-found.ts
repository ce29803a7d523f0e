/**
 * Opening a ledger moves what it gives up to `lost+found/<token of the writer>/`, under its old path; `reasons.txt`
 * there says why. Opening destroys nothing: it moves a whole file, and makes a copy of a piece durable before it cuts
 * the piece.
 */
import { TallystickError } from '../model/index.ts';
import type { File, Storage } from '../platform/index.ts';

/** The folder's name, in the ledger's. */
export const LOST_FOUND = 'lost+found';

/** Something that was given up. */
export interface Kept {
  /** Where it was, below the ledger's folder. */
  readonly path: string;
  /** Where it is now, below the ledger's folder. */
  readonly kept: string;
  readonly why: string;
}

const PIECE_SIZE = 1024 * 1024;

export class LostFound {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #below: string;
  readonly #kept: Kept[] = [];

  /** `folder`: the ledger's. `token`: of the writer that opens it; no two have the same. */
  constructor(storage: Storage, folder: string, token: bigint) {
    this.#storage = storage;
    this.#folder = folder;
    this.#below = `${LOST_FOUND}/${String(token).padStart(16, '0')}`;
  }

  /** Everything that was given up so far. */
  get kept(): readonly Kept[] {
    return this.#kept;
  }

  /** Moves the file at `path`, below the ledger's folder. */
  move(path: string, why: string): void {
    const kept = this.#place(path, path, why);
    this.#storage.rename(`${this.#folder}/${path}`, `${this.#folder}/${kept}`);
    this.#storage.syncFolder(parentOf(`${this.#folder}/${kept}`));
    this.#storage.syncFolder(parentOf(`${this.#folder}/${path}`));
  }

  /**
   * Copies `size` bytes from byte `from` of the file at `path` on, or as many as there are. Durable when it returns.
   */
  copy(path: string, from: number, size: number, why: string): void {
    const kept = this.#place(path, `${path}.at-${from}`, why);
    const source = this.#storage.open(`${this.#folder}/${path}`, { mode: 'read' });
    try {
      const target = this.#storage.open(`${this.#folder}/${kept}`, { mode: 'create' });
      try {
        copyPiece(source, target, from, size);
      } finally {
        target.close();
      }
    } finally {
      source.close();
    }
    this.#storage.syncFolder(parentOf(`${this.#folder}/${kept}`));
  }

  /** The reason comes first: whatever is found there later has one. */
  #place(path: string, name: string, why: string): string {
    const kept = `${this.#below}/${name}`;
    this.#storage.makeFolder(parentOf(`${this.#folder}/${kept}`));
    const file = this.#storage.open(`${this.#folder}/${this.#below}/reasons.txt`, { mode: 'create' });
    try {
      const line = new TextEncoder().encode(`${path}\t${why.replaceAll('\n', ' ')}\n`);
      file.write(line, file.size());
      file.sync();
    } finally {
      file.close();
    }
    this.#storage.syncFolder(`${this.#folder}/${this.#below}`);
    this.#kept.push({ path, kept, why });
    return kept;
  }
}

function copyPiece(source: File, target: File, from: number, size: number): void {
  const piece = new Uint8Array(Math.min(PIECE_SIZE, size));
  for (let done = 0; done < size; ) {
    const wanted = piece.subarray(0, Math.min(piece.length, size - done));
    const count = source.read(wanted, from + done);
    target.write(wanted.subarray(0, count), done);
    done += count;
    if (count < wanted.length) break;
  }
  target.sync();
}

function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  if (end <= 0) throw new TallystickError('invalid_argument', `${path} lies in no folder`);
  return path.slice(0, end);
}
