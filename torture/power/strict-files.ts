/**
 * A file system that keeps what POSIX promises and nothing beyond it: a file's bytes and size are durable once the
 * file was synced, a name once its folder was. Real ones are kinder, since a sync of anything commits what others
 * have changed before it; what works here needs none of that kindness.
 *
 * A write through a descriptor with O_DSYNC arrives as a write and a sync, before whoever wrote hears that it is done.
 */
import type { Random } from '../../testing/model/random.ts';
import type { Disk } from './disk.ts';
import {
  type Attributes,
  attributesAnswer,
  entriesAnswer,
  entryAnswer,
  type FuseAnswer,
  type FuseRequest,
  Opcode,
  openAnswer,
  statfsAnswer,
  writtenAnswer,
} from './fuse.ts';
import { type Fates, type Mood, VolatileBytes } from './volatile-bytes.ts';

const ROOT = 1;
/** Bits of setattr's `valid`. */
const FATTR_MODE = 1;
const FATTR_SIZE = 8;

/** A file has bytes, a folder has names. */
interface Node {
  mode: number;
  /** Names that it has. */
  links: number;
  readonly bytes: VolatileBytes | undefined;
  readonly names: Map<string, number> | undefined;
}

/** That a name came, went or became another file's. */
interface NameChange {
  readonly folder: number;
  readonly name: string;
  /** Undefined: the name is gone. */
  readonly node: number | undefined;
}

export class StrictFiles implements Disk {
  readonly #nodes = new Map<number, Node>([[ROOT, folderNode(0o755)]]);
  /** Names of each folder on the platter. */
  readonly #durable = new Map<number, Map<string, number>>([[ROOT, new Map()]]);
  /** Steps that no sync of a folder has made durable; a rename is one of two changes. */
  #pending: (readonly NameChange[])[] = [];
  #frozen = false;
  #next = ROOT + 1;

  handle(request: FuseRequest, finished: boolean): FuseAnswer | undefined {
    const { opcode, node, body } = request;
    switch (opcode) {
      case Opcode.lookup:
        return this.#lookup(node, textAt(body, 0));
      case Opcode.getattr:
        return attributesAnswer(this.#attributes(node));
      case Opcode.setattr:
        return this.#setattr(node, body);
      case Opcode.mkdir:
        return this.#make(node, textAt(body, 8), folderNode(body.readUInt32LE(0)));
      case Opcode.create:
        return this.#create(node, body);
      case Opcode.unlink:
      case Opcode.rmdir:
        return this.#remove(node, textAt(body, 0));
      case Opcode.rename:
        return this.#rename(node, Number(body.readBigUInt64LE(0)), body.subarray(8));
      case Opcode.rename2:
        // Its flags (exchange, no replace) are not for whoever runs here.
        if (body.readUInt32LE(8) !== 0) return 'EINVAL';
        return this.#rename(node, Number(body.readBigUInt64LE(0)), body.subarray(16));
      case Opcode.link:
        return this.#link(node, textAt(body, 8), Number(body.readBigUInt64LE(0)));
      case Opcode.open:
      case Opcode.opendir:
        return openAnswer(node);
      case Opcode.read:
        return this.#bytes(node).read(Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
      case Opcode.write:
        return this.#write(node, body);
      case Opcode.fsync:
        if (finished) this.#bytes(node).sync();
        return Buffer.alloc(0);
      case Opcode.fsyncdir:
        if (finished) this.#syncNames(node);
        return Buffer.alloc(0);
      case Opcode.readdir:
        return entriesAnswer(this.#entries(node), Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
      case Opcode.statfs:
        return statfsAnswer();
      case Opcode.flush:
      case Opcode.release:
      case Opcode.releasedir:
      case Opcode.destroy:
        return Buffer.alloc(0);
      default:
        return undefined;
    }
  }

  freeze(): void {
    this.#frozen = true;
    for (const { bytes } of this.#nodes.values()) bytes?.freeze();
  }

  restore(mood: Mood, random: Random, fates: Fates): void {
    // Either the changes of all folders happened up to some moment, or each for itself.
    const upTo = random.chance(0.5) ? random.below(this.#pending.length + 1) : undefined;
    for (const [index, step] of this.#pending.entries()) {
      const happened =
        mood === 'kept' || (mood === 'mixed' && (upTo === undefined ? random.chance(0.5) : index < upTo));
      fates[happened ? 'kept' : 'lost']++;
      if (happened) for (const change of step) this.#apply(this.#durable, change);
    }
    this.#pending = [];
    this.#frozen = false;
    this.#keep(this.#found());
    for (const { bytes } of this.#nodes.values()) bytes?.restore(mood, random, fates);
  }

  /** The files that durable names reach. */
  #found(): Set<number> {
    const found = new Set([ROOT]);
    for (const folder of found) for (const node of this.#durable.get(folder)?.values() ?? []) found.add(node);
    return found;
  }

  #keep(found: ReadonlySet<number>): void {
    for (const [node, { names }] of this.#nodes) {
      if (!found.has(node)) {
        this.#nodes.delete(node);
        this.#durable.delete(node);
      } else if (names !== undefined) {
        names.clear();
        for (const [name, target] of this.#durable.get(node)!) names.set(name, target);
      }
    }
    for (const node of this.#nodes.values()) node.links = 0;
    for (const { names } of this.#nodes.values()) {
      for (const node of names?.values() ?? []) this.#nodes.get(node)!.links++;
    }
  }

  #change(...step: NameChange[]): void {
    for (const { folder, name, node } of step) {
      const names = this.#nodes.get(folder)!.names!;
      const before = names.get(name);
      if (before !== undefined) this.#nodes.get(before)!.links--;
      if (node === undefined) names.delete(name);
      else {
        names.set(name, node);
        this.#nodes.get(node)!.links++;
      }
    }
    if (!this.#frozen) this.#pending.push(step);
  }

  #apply(durable: Map<number, Map<string, number>>, { folder, name, node }: NameChange): void {
    const names = durable.get(folder)!;
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }

  #syncNames(folder: number): void {
    if (this.#frozen) return;
    const touches = (step: readonly NameChange[]): boolean => step.some((change) => change.folder === folder);
    for (const step of this.#pending.filter(touches)) for (const change of step) this.#apply(this.#durable, change);
    this.#pending = this.#pending.filter((step) => !touches(step));
  }

  #lookup(folder: number, name: string): FuseAnswer {
    const node = this.#nodes.get(folder)!.names?.get(name);
    return node === undefined ? 'ENOENT' : entryAnswer(this.#attributes(node));
  }

  #make(folder: number, name: string, made: Node): FuseAnswer {
    if (this.#nodes.get(folder)!.names!.has(name)) return 'EEXIST';
    const node = this.#next++;
    this.#nodes.set(node, made);
    if (made.names !== undefined) this.#durable.set(node, new Map());
    if (this.#frozen) made.bytes?.freeze();
    this.#change({ folder, name, node });
    return entryAnswer(this.#attributes(node));
  }

  #create(folder: number, body: Buffer): FuseAnswer {
    const made = this.#make(folder, textAt(body, 16), fileNode(body.readUInt32LE(4)));
    return Buffer.isBuffer(made) ? Buffer.concat([made, openAnswer(0)]) : made;
  }

  #remove(folder: number, name: string): FuseAnswer {
    const node = this.#nodes.get(folder)!.names!.get(name);
    if (node === undefined) return 'ENOENT';
    if ((this.#nodes.get(node)!.names?.size ?? 0) > 0) return 'ENOTEMPTY';
    this.#change({ folder, name, node: undefined });
    return Buffer.alloc(0);
  }

  #rename(from: number, to: number, names: Buffer): FuseAnswer {
    const name = textAt(names, 0);
    const node = this.#nodes.get(from)!.names!.get(name);
    if (node === undefined) return 'ENOENT';
    const target = textAt(names, Buffer.byteLength(name) + 1);
    this.#change({ folder: from, name, node: undefined }, { folder: to, name: target, node });
    return Buffer.alloc(0);
  }

  #link(folder: number, name: string, node: number): FuseAnswer {
    if (this.#nodes.get(folder)!.names!.has(name)) return 'EEXIST';
    this.#change({ folder, name, node });
    return entryAnswer(this.#attributes(node));
  }

  #write(node: number, body: Buffer): FuseAnswer {
    const size = body.readUInt32LE(16);
    this.#bytes(node).write(Number(body.readBigUInt64LE(8)), body.subarray(40, 40 + size));
    return writtenAnswer(size);
  }

  #setattr(node: number, body: Buffer): FuseAnswer {
    const valid = body.readUInt32LE(0);
    if ((valid & FATTR_SIZE) !== 0) this.#bytes(node).truncate(Number(body.readBigUInt64LE(16)));
    if ((valid & FATTR_MODE) !== 0) this.#nodes.get(node)!.mode = body.readUInt32LE(68);
    return attributesAnswer(this.#attributes(node));
  }

  #bytes(node: number): VolatileBytes {
    return this.#nodes.get(node)!.bytes!;
  }

  #attributes(node: number): Attributes {
    const { mode, links, bytes, names } = this.#nodes.get(node)!;
    return { node, folder: names !== undefined, size: bytes?.size ?? 0, links: names === undefined ? links : 2, mode };
  }

  #entries(folder: number): { name: string; node: number; folder: boolean }[] {
    return [...this.#nodes.get(folder)!.names!].map(([name, node]) => ({
      name,
      node,
      folder: this.#nodes.get(node)!.names !== undefined,
    }));
  }
}

function folderNode(mode: number): Node {
  return { mode, links: 0, bytes: undefined, names: new Map() };
}

function fileNode(mode: number): Node {
  return { mode, links: 0, bytes: new VolatileBytes(0), names: undefined };
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}
