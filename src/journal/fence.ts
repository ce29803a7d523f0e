/**
 * One writer a ledger (docs/adr/0006-fence.md). The writer holds a file `writer-<token>.lock` that names its process;
 * the highest token counts. To take over from a process that is gone is to create the file with the next token, which
 * only one of many can do. A writer that was thought dead and is not finds out before its next write.
 */
import { TallystickError } from '../model/index.ts';
import { type Look, lives, nextClaim, type Owner, type Storage, thisOwner } from '../platform/index.ts';
import { decodeLock, encodeLock, type Holder, KNOWS_NOTHING, type LockContent, type LockKnows } from './lock-file.ts';

export interface FenceOptions {
  /** No lower token is given; one more than any that is in the journal. */
  readonly tokenAtLeast?: bigint;
  /** Take over from a holder on another machine, about which nothing can be known here. */
  readonly takeOver?: boolean;
  /** The process that asks; this one if left out. */
  readonly owner?: Owner;
  /** Whether another owner lives; asks the system if left out. */
  readonly lives?: (owner: Owner) => 'yes' | 'no' | 'unknown';
  /** The writer with this token closed the ledger in order, whatever its lock says. */
  readonly closed?: bigint | undefined;
}

export interface FenceHolder extends LockContent {
  readonly token: bigint;
}

export class Fence {
  readonly token: bigint;
  /** The holder before did not let go, and cannot be seen to be dead: it may still write. */
  readonly ousted: boolean;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #holder: Holder;
  /** Looks at the folder of locks. */
  readonly #look: Look | undefined;
  /** Our lock, and that of the next writer. */
  readonly #path: string;
  readonly #next: string;
  #knows: LockKnows;

  private constructor(
    storage: Storage,
    folder: string,
    token: bigint,
    holder: Holder,
    ousted: boolean,
    knows: LockKnows = KNOWS_NOTHING,
  ) {
    this.ousted = ousted;
    this.#storage = storage;
    this.#folder = folder;
    this.token = token;
    this.#holder = holder;
    this.#look = storage.look?.(folder);
    this.#path = pathOf(folder, token);
    this.#next = pathOf(folder, token + 1n);
    this.#knows = knows;
  }

  /**
   * Becomes the writer of `folder`, which must exist. Throws `locked`, naming the holder and what to do, when there is
   * one.
   */
  static acquire(storage: Storage, folder: string, options: FenceOptions = {}): Fence {
    const owner = options.owner ?? thisOwner();
    const holding = { owner, claim: nextClaim() };
    const isAlive = options.lives ?? ((other: Owner) => lives(other, owner));
    for (;;) {
      const held = holder(storage, folder);
      const isFree = held === undefined || held.released || held.token === options.closed;
      if (!isFree && !held.isEmpty && !isAbandoned(held, owner))
        refuseUnlessGone(folder, held, isAlive, options.takeOver ?? false);
      const lowest = options.tokenAtLeast ?? 1n;
      const token = held !== undefined && held.token >= lowest ? held.token + 1n : lowest;
      // Another process was faster: look which one.
      const knows = held?.knows ?? KNOWS_NOTHING;
      if (!storage.claim(pathOf(folder, token), encodeLock(holding, false, knows))) continue;
      removeOlder(storage, folder, token);
      return new Fence(storage, folder, token, holding, !isFree && !seesDead(held, owner), knows);
    }
  }

  /** The writer of `folder`, or its last one; undefined if there never was one. For tools that only look. */
  static holder(storage: Storage, folder: string): FenceHolder | undefined {
    return holder(storage, folder);
  }

  /** The fence that another thread of this process acquired. */
  static held(storage: Storage, folder: string, token: bigint): Fence {
    return new Fence(storage, folder, token, { owner: thisOwner(), claim: nextClaim() }, false);
  }

  /** The records in the locks of earlier writers. */
  get knows(): LockKnows {
    return this.#knows;
  }

  /**
   * Records in the lock what other files say, so that older copies of them are noticed. Durable with the next sync of
   * the folder: the record before it says less, and nothing wrong.
   */
  record(knows: LockKnows): void {
    this.#knows = knows;
    const path = pathOf(this.#folder, this.token);
    this.#writeDraft(`${path}.recorded`, false);
    this.#storage.rename(`${path}.recorded`, path);
  }

  /**
   * Throws `fence_lost` if another process has become the writer. One look at the folder, about 2 us, and two more
   * where a name in it has changed: made before every write, and behind it.
   */
  check(): void {
    if (this.#look?.isSame() === true) return;
    if (this.#storage.exists(this.#path) && !this.#storage.exists(this.#next)) {
      this.#look?.confirm();
      return;
    }
    throw new TallystickError(
      'fence_lost',
      `${this.#folder} has a newer writer than token ${this.token}; this one writes no more`,
    );
  }

  /**
   * Lets the next writer in. The file stays, so that tokens go on growing. On a disk that takes no more bytes it goes:
   * the superblock knows the token, too, and this process shall not lock itself out of a ledger that it must open
   * again. Nor on a disk that does nothing at all, nor where its folder has another name now: then only this process
   * knows. `op`: where the journal ended, if the ledger was closed in order.
   */
  release(op?: number): void {
    if (op !== undefined) this.#knows = { ...this.#knows, op };
    const path = pathOf(this.#folder, this.token);
    try {
      if (this.#storage.exists(path)) this.#release(path);
      else abandoned.add(this.#holder.claim);
    } catch (error) {
      abandoned.add(this.#holder.claim);
      throw error;
    }
  }

  #release(path: string): void {
    const draft = `${path}.released`;
    try {
      this.#writeDraft(draft, true);
      this.#storage.rename(draft, path);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
      this.#storage.remove(path);
      if (this.#storage.exists(draft)) this.#storage.remove(draft);
    }
    this.#storage.syncFolder(this.#folder);
  }

  #writeDraft(path: string, released: boolean): void {
    const file = this.#storage.open(path, { mode: 'create' });
    try {
      const bytes = encodeLock(this.#holder, released, this.#knows);
      if (file.size() > 0) file.truncate(0);
      file.write(bytes, 0);
      file.sync();
    } finally {
      file.close();
    }
  }
}

/** Claims of writers of this process that have ended and could not say so in their lock. */
const abandoned = new Set<string>();

/** The lock is known by what is in it: its folder may have been renamed since. */
function isAbandoned({ claim, owner }: FenceHolder, self: Owner): boolean {
  const isOurs = owner !== undefined && isSameProcess(owner, self);
  return isOurs && claim !== undefined && abandoned.has(claim);
}

function isSameProcess(one: Owner, other: Owner): boolean {
  const { pid, start, boot, namespace, host } = other;
  if (one.host !== host || one.boot !== boot || one.namespace !== namespace) return false;
  return one.pid === pid && one.start === start;
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
  const next =
    'Make sure that no process has the ledger open; then serve it with `--take-over`, open it with `takeOver: true`, ' +
    `or run \`tallystick repair ${folder} --take-over\`.`;
  if (held.owner === undefined) {
    throw new TallystickError('locked', `${path} cannot be read, so nobody knows who has the ledger open`, { next });
  }
  const who = `process ${held.owner.pid} on ${held.owner.host}`;
  if (fate === 'yes') {
    const message = `${folder} is open in ${who} (${path}): close it there, or talk to the ledger through that process`;
    throw new TallystickError('locked', message);
  }
  const message = `${folder} was opened by ${who}, which cannot be seen from here, and was not closed (${path})`;
  throw new TallystickError('locked', message, { next });
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
    // Another writer took over in this moment and removed it.
    if (error instanceof TallystickError && error.code === 'not_found') return holder(storage, folder);
    throw error;
  }
  return { token, ...decodeLock(bytes.subarray(0, size)) };
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
