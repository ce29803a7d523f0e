/**
 * One writer a ledger (docs/adr/0006-fence.md). The writer holds a file `writer-<token>.lock` that names its process; the highest token counts. To take over
 * from a process that is gone is to create the file with the next token, which only one of many can do. A writer that was thought dead and is not finds
 * out before its next write.
 */
import { TallystickError } from '../model/index.ts';
import { lives, type Owner, type Storage, thisOwner } from '../platform/index.ts';

export interface FenceOptions {
  /** No lower token is given; one more than any that is in the journal. */
  readonly tokenAtLeast?: bigint;
  /** Take over from a holder on another machine, about which nothing can be known here. */
  readonly takeOver?: boolean;
  /** Who asks; this process if left out. */
  readonly owner?: Owner;
  /** Whether another owner lives; asks the system if left out. */
  readonly lives?: (owner: Owner) => 'yes' | 'no' | 'unknown';
}

export interface FenceHolder {
  readonly token: bigint;
  /** Undefined: the file cannot be read as one of ours. */
  readonly owner: Owner | undefined;
  readonly released: boolean;
}

export class Fence {
  readonly token: bigint;
  /** The holder before did not let go, and nobody can see that it is dead: it may still write. */
  readonly ousted: boolean;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #owner: Owner;

  private constructor(storage: Storage, folder: string, token: bigint, owner: Owner, ousted: boolean) {
    this.ousted = ousted;
    this.#storage = storage;
    this.#folder = folder;
    this.token = token;
    this.#owner = owner;
  }

  /** Becomes the writer of `folder`, which must exist. Throws `locked`, naming the holder and what to do, when there is one. */
  static acquire(storage: Storage, folder: string, options: FenceOptions = {}): Fence {
    const owner = options.owner ?? thisOwner();
    const isAlive = options.lives ?? ((other: Owner) => lives(other, owner));
    for (;;) {
      const held = holder(storage, folder);
      if (held !== undefined && !held.released && !isAbandoned(folder, held, owner))
        refuseUnlessGone(folder, held, isAlive, options.takeOver ?? false);
      const lowest = options.tokenAtLeast ?? 1n;
      const token = held !== undefined && held.token >= lowest ? held.token + 1n : lowest;
      // Somebody was faster: look who it is.
      if (!storage.claim(pathOf(folder, token), encode(owner, false))) continue;
      abandoned.delete(pathOf(folder, token));
      removeOlder(storage, folder, token);
      return new Fence(storage, folder, token, owner, held !== undefined && !held.released && !seesDead(held, owner));
    }
  }

  /** Who writes in `folder`, or did last; undefined when nobody ever has. For those who only look. */
  static holder(storage: Storage, folder: string): FenceHolder | undefined {
    return holder(storage, folder);
  }

  /** The fence that another thread of this process acquired. */
  static held(storage: Storage, folder: string, token: bigint): Fence {
    return new Fence(storage, folder, token, thisOwner(), false);
  }

  /** Throws `fence_lost` when somebody else has become the writer. Two looks at the folder, about 3 us: made before every write. */
  check(): void {
    if (
      this.#storage.exists(pathOf(this.#folder, this.token)) &&
      !this.#storage.exists(pathOf(this.#folder, this.token + 1n))
    ) {
      return;
    }
    throw new TallystickError(
      'fence_lost',
      `${this.#folder} has a newer writer than token ${this.token}; this one writes no more`,
    );
  }

  /**
   * Lets the next writer in. The file stays, so that tokens go on growing. On a disk that takes no more bytes it goes: the superblock knows the token, too,
   * and this process shall not lock itself out of a ledger that it must open again. Nor on a disk that does nothing at all: then only this process knows.
   */
  release(): void {
    const path = pathOf(this.#folder, this.token);
    try {
      if (this.#storage.exists(path)) this.#release(path);
    } catch (error) {
      abandoned.add(path);
      throw error;
    }
  }

  #release(path: string): void {
    const draft = `${path}.released`;
    try {
      this.#writeReleased(draft);
      this.#storage.rename(draft, path);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
      this.#storage.remove(path);
      if (this.#storage.exists(draft)) this.#storage.remove(draft);
    }
    this.#storage.syncFolder(this.#folder);
  }

  #writeReleased(path: string): void {
    const file = this.#storage.open(path, { mode: 'create' });
    try {
      file.write(encode(this.#owner, true), 0);
      file.sync();
    } finally {
      file.close();
    }
  }
}

/** Locks of writers of this process that have ended and could not say so. */
const abandoned = new Set<string>();

function isAbandoned(folder: string, { token, owner }: FenceHolder, self: Owner): boolean {
  return owner?.pid === self.pid && owner.start === self.start && abandoned.has(pathOf(folder, token));
}

/** The highest token counts: one that cannot be removed now does no harm, and the next writer removes it. */
function removeOlder(storage: Storage, folder: string, token: bigint): void {
  try {
    for (const older of tokens(storage, folder)) if (older < token) storage.remove(pathOf(folder, older));
  } catch (error) {
    if (!(error instanceof TallystickError)) throw error;
  }
}

function refuseUnlessGone(
  folder: string,
  held: FenceHolder,
  isAlive: (owner: Owner) => 'yes' | 'no' | 'unknown',
  takeOver: boolean,
): void {
  const path = pathOf(folder, held.token);
  const fate = held.owner === undefined ? 'unknown' : isAlive(held.owner);
  if (fate === 'no' || (fate === 'unknown' && takeOver)) return;
  if (held.owner === undefined) {
    throw new TallystickError('locked', `${path} cannot be read; if no process has the ledger open, remove that file`);
  }
  const who = `process ${held.owner.pid} on ${held.owner.host}`;
  throw new TallystickError(
    'locked',
    fate === 'yes'
      ? `${folder} is open in ${who} (${path}): close it there, or talk to the ledger through that process`
      : `${folder} was opened by ${who}, which cannot be seen from here; if it is gone, open with takeOver or remove ${path}`,
  );
}

/** Whether a holder that is gone can be seen to be: a process of this host and container, or of a boot before. */
function seesDead({ owner }: FenceHolder, self: Owner): boolean {
  if (owner === undefined || owner.host !== self.host) return false;
  return owner.boot !== self.boot || owner.namespace === self.namespace;
}

function holder(storage: Storage, folder: string): FenceHolder | undefined {
  const token = tokens(storage, folder).at(-1);
  if (token === undefined) return undefined;
  const bytes = new Uint8Array(4096);
  let size: number;
  try {
    const file = storage.open(pathOf(folder, token), { mode: 'read' });
    try {
      size = file.read(bytes, 0);
    } finally {
      file.close();
    }
  } catch (error) {
    // Whoever took over in this moment has removed it.
    if (error instanceof TallystickError && error.code === 'not_found') return holder(storage, folder);
    throw error;
  }
  return { token, ...decode(bytes.subarray(0, size)) };
}

/** Ascending. */
function tokens(storage: Storage, folder: string): bigint[] {
  return storage
    .list(folder)
    .map((name) => /^writer-(\d{16})\.lock$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(BigInt);
}

function pathOf(folder: string, token: bigint): string {
  return `${folder}/writer-${String(token).padStart(16, '0')}.lock`;
}

function encode(owner: Owner, released: boolean): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ ...owner, released })}\n`);
}

function decode(bytes: Uint8Array): Omit<FenceHolder, 'token'> {
  try {
    const { pid, start, boot, namespace, host, released } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<
      Owner & { released: boolean }
    >;
    const whole =
      typeof pid === 'number' &&
      typeof start === 'string' &&
      typeof boot === 'string' &&
      typeof namespace === 'string' &&
      typeof host === 'string';
    if (whole) return { owner: { pid, start, boot, namespace, host }, released: released === true };
  } catch {
    // Not JSON: not ours, or damaged.
  }
  return { owner: undefined, released: false };
}
