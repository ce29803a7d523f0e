/**
 * The folder of one stage: its graph, and beside it the files of weights that the graph points into. Weights that can
 * be used as they lie are hard links; what had to be changed is in `changed.bin`. The folder lives as long as the
 * stage's session.
 */
import { closeSync, linkSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileSpan } from '../onnx/graph.ts';
import { readWeight, type Weight } from './weights.ts';

const CHANGED = 'changed.bin';
/** Cache lines, and what the fastest kernels ask for. */
const ALIGNMENT = 64;

export class StageFiles {
  readonly folder: string;
  /** Names of links by the paths that they lead to; undefined: that file is on another disk. */
  readonly #links = new Map<string, string | undefined>();
  readonly #file: number;
  #end = 0;

  constructor(parent: string = tmpdir()) {
    this.folder = mkdtempSync(join(parent, 'tallystick-stage-'));
    this.#file = openSync(join(this.folder, CHANGED), 'w');
  }

  /** Where a weight lies as it is. It is copied if its file is on another disk, or its rows are in another order. */
  place(weight: Weight): FileSpan {
    const file = weight.rowAt === undefined ? this.#link(weight.path) : undefined;
    return file === undefined ? this.put(readWeight(weight)) : { file, offset: weight.offset, size: weight.size };
  }

  /** Keeps bytes that were made of a weight. */
  put(data: Uint8Array | Float32Array): FileSpan {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const offset = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#file, bytes, at, bytes.length - at, offset + at);
    }
    this.#end = offset + bytes.length;
    return { file: CHANGED, offset, size: bytes.length };
  }

  #link(path: string): string | undefined {
    if (this.#links.has(path)) return this.#links.get(path);
    let name: string | undefined = `weights-${this.#links.size}.bin`;
    try {
      linkSync(path, join(this.folder, name));
    } catch {
      name = undefined;
    }
    this.#links.set(path, name);
    return name;
  }

  /** No more bytes will be put. */
  seal(): void {
    closeSync(this.#file);
  }

  /** A session keeps the files that it has mapped, so this may come as soon as it exists. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
