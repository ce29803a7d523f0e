/**
 * The kernel's side of a file system in user space, without a library: requests are read from /dev/fuse, answers are
 * written there (linux/fuse.h, version 7.31).
 *
 *   in   len u32 · opcode u32 · unique u64 · node u64 · uid u32 · gid u32 · pid u32 · padding u32 · arguments
 *   out  len u32 · error i32 · unique u64 · arguments
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, read, writevSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const Opcode = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  create: 35,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
  rename2: 45,
} as const;

const CHANGES: ReadonlySet<number> = new Set<number>([
  Opcode.setattr,
  Opcode.mkdir,
  Opcode.unlink,
  Opcode.rmdir,
  Opcode.rename,
  Opcode.rename2,
  Opcode.link,
  Opcode.write,
  Opcode.fsync,
  Opcode.fsyncdir,
  Opcode.create,
]);
const UNANSWERED: ReadonlySet<number> = new Set<number>([Opcode.forget, Opcode.batchForget, Opcode.interrupt]);

export interface FuseRequest {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: number;
  /** The arguments behind the header; valid until the next request is read. */
  readonly body: Buffer;
}

/** Bytes, or the name of an error. */
export type FuseAnswer = Buffer | FuseError;
export type FuseError = 'ENOENT' | 'EEXIST' | 'ENOTEMPTY' | 'ENOTDIR' | 'EINVAL';

const HEADER_IN = 40;
const HEADER_OUT = 16;
/** Bytes of one write, at most. */
const WRITE_MAX = 2 ** 20;
/** For as long as a mount lives: nobody changes anything but through it. */
const FOREVER = 1_000_000n;
const READ = promisify(read);

/** Whether a request changes or syncs something. */
export function isChange({ opcode }: FuseRequest): boolean {
  return CHANGES.has(opcode);
}

/** Called for every request; {@link FuseMount.answer} answers it when it likes. */
export type Take = (request: FuseRequest, mount: FuseMount) => void;

/** A mounted file system. */
export class FuseMount {
  readonly #descriptor: number;
  /** Undefined: not yet. */
  #mounted: boolean | undefined;
  /** Resolves when the file system is no longer mounted. */
  readonly ended: Promise<void>;

  private constructor(descriptor: number, take: Take) {
    this.#descriptor = descriptor;
    this.ended = this.#serve(take);
  }

  /** Rejects where mounting is not permitted. */
  static async at(point: string, take: Take): Promise<FuseMount> {
    const descriptor = openSync('/dev/fuse', 'r+');
    // The child has it as its 3; mount(8) hands it to the kernel.
    const options = `fd=3,rootmode=40000,user_id=${process.getuid!()},group_id=${process.getgid!()}`;
    const args = ['-i', '-t', 'fuse', '-o', options, 'tallystick-torture', point];
    const child = spawn('mount', args, { stdio: ['ignore', 'ignore', 'pipe', descriptor] });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const mount = new FuseMount(descriptor, take);
    const code = await new Promise<number | string>((resolve) =>
      child.on('error', (error) => resolve(error.message)).on('close', (ended, signal) => resolve(ended ?? signal!)),
    );
    mount.#mounted = code === 0;
    if (code !== 0) throw new Error(`mount: ${code}: ${said.trim()}`);
    return mount;
  }

  async #serve(take: Take): Promise<void> {
    const buffer = Buffer.alloc(WRITE_MAX + 2 ** 16);
    try {
      for (;;) {
        const bytesRead = await this.#read(buffer);
        const request = {
          opcode: buffer.readUInt32LE(4),
          unique: buffer.readBigUInt64LE(8),
          node: Number(buffer.readBigUInt64LE(16)),
          body: buffer.subarray(HEADER_IN, bytesRead),
        };
        if (request.opcode === Opcode.init) this.answer(request, welcome(request.body));
        else if (!UNANSWERED.has(request.opcode)) take(request, this);
      }
    } catch (error) {
      // It was unmounted, with requests on their way perhaps, or never was mounted.
      const gone = ['ENODEV', 'ECONNABORTED'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!gone && this.#mounted !== false) throw error;
    } finally {
      closeSync(this.#descriptor);
    }
  }

  /** While it is not mounted there is nothing to read; whoever mounts it may ask before that has returned. */
  async #read(buffer: Buffer): Promise<number> {
    for (;;) {
      try {
        return (await READ(this.#descriptor, buffer, 0, buffer.length, null)).bytesRead;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EPERM' || this.#mounted === false) throw error;
        await sleep(1);
      }
    }
  }

  answer({ unique }: FuseRequest, answer: FuseAnswer | undefined): void {
    const bytes = Buffer.isBuffer(answer) ? answer : Buffer.alloc(0);
    const header = Buffer.alloc(HEADER_OUT);
    header.writeUInt32LE(HEADER_OUT + bytes.length, 0);
    if (!Buffer.isBuffer(answer)) header.writeInt32LE(-constants.errno[answer ?? 'ENOSYS'], 4);
    header.writeBigUInt64LE(unique, 8);
    try {
      writevSync(this.#descriptor, [header, bytes]);
    } catch (error) {
      // ENOENT: whoever asked was killed while it waited.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Unmounts, and waits for those who are still on their way out. */
export async function unmount(point: string, patienceMs = 20_000): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      await promisify(execFile)('umount', [point]);
      return;
    } catch (error) {
      if (performance.now() > end || !/busy/.test((error as Error).message)) throw error;
      await sleep(10);
    }
  }
}

function welcome(asked: Buffer): Buffer {
  const MAX_PAGES = 2 ** 22;
  const BIG_WRITES = 2 ** 5;
  const answer = Buffer.alloc(64);
  answer.writeUInt32LE(7, 0);
  answer.writeUInt32LE(31, 4);
  answer.writeUInt32LE(asked.readUInt32LE(8), 8);
  answer.writeUInt32LE(MAX_PAGES | BIG_WRITES, 12);
  answer.writeUInt16LE(16, 16);
  answer.writeUInt16LE(12, 18);
  answer.writeUInt32LE(WRITE_MAX, 20);
  answer.writeUInt32LE(1, 24);
  answer.writeUInt16LE(WRITE_MAX / 4096, 28);
  return answer;
}

/** The attributes of a file or folder. */
export interface Attributes {
  readonly node: number;
  readonly folder: boolean;
  readonly size: number;
  readonly links: number;
  readonly mode: number;
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

function attributes({ node, folder, size, links, mode }: Attributes): Buffer {
  const bytes = Buffer.alloc(88);
  bytes.writeBigUInt64LE(BigInt(node), 0);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  bytes.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16);
  bytes.writeUInt32LE((folder ? S_IFDIR : S_IFREG) | (mode & 0o7777), 60);
  bytes.writeUInt32LE(links, 64);
  bytes.writeUInt32LE(process.getuid!(), 68);
  bytes.writeUInt32LE(process.getgid!(), 72);
  bytes.writeUInt32LE(4096, 80);
  return bytes;
}

/** The answer to a getattr or setattr. */
export function attributesAnswer(of: Attributes): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(FOREVER, 0);
  return Buffer.concat([head, attributes(of)]);
}

/** The answer to who looks up or makes a name. */
export function entryAnswer(of: Attributes): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(of.node), 0);
  head.writeBigUInt64LE(FOREVER, 16);
  head.writeBigUInt64LE(FOREVER, 24);
  return Buffer.concat([head, attributes(of)]);
}

/** The answer to an open. */
export function openAnswer(handle: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(handle), 0);
  return bytes;
}

/** The answer to a write of `size` bytes. */
export function writtenAnswer(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(size, 0);
  return bytes;
}

/** Room for everybody. */
export function statfsAnswer(): Buffer {
  const bytes = Buffer.alloc(80);
  for (let field = 0; field < 5; field++) bytes.writeBigUInt64LE(2n ** 20n, field * 8);
  bytes.writeUInt32LE(4096, 40);
  bytes.writeUInt32LE(255, 44);
  bytes.writeUInt32LE(4096, 48);
  return bytes;
}

/** The entries of a folder from place `from` on, as far as `size` bytes take them. */
export function entriesAnswer(
  entries: readonly { readonly name: string; readonly node: number; readonly folder: boolean }[],
  from: number,
  size: number,
): Buffer {
  const pieces: Buffer[] = [];
  let used = 0;
  for (const [index, { name, node, folder }] of entries.entries()) {
    if (index < from) continue;
    const text = Buffer.from(name);
    const piece = Buffer.alloc(Math.ceil((24 + text.length) / 8) * 8);
    piece.writeBigUInt64LE(BigInt(node), 0);
    piece.writeBigUInt64LE(BigInt(index + 1), 8);
    piece.writeUInt32LE(text.length, 16);
    piece.writeUInt32LE(folder ? S_IFDIR >> 12 : S_IFREG >> 12, 20);
    text.copy(piece, 24);
    used += piece.length;
    if (used > size) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
