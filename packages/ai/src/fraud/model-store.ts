/**
 * Models by the SHA-256 of their bytes. A folder holds `<sha256>.model` and `<sha256>.json`, its manifest, which says
 * how the model must score some rows; a model that scores them otherwise is refused.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal';
import { readModel } from '../trees/read-model.ts';
import { invalidModel } from '../trees/tree-builder.ts';
import { marginUnits, type TreeModel } from '../trees/tree-model.ts';
import { FEATURES } from './features.ts';

/** What is known of a model besides its trees. */
export interface Manifest {
  /** Version of this file. */
  readonly v: 1;
  readonly features: readonly string[];
  /** Margins in millionths from which on a payment is held for review, and denied. */
  readonly reviewFrom: number;
  readonly denyFrom: number;
  /** Rows, and the margins in millionths that the model must give them. */
  readonly golden: readonly { readonly row: readonly number[]; readonly units: number }[];
  /** How many of 1,000 payments of the training data had scores in each of ten ranges, with the ranges' ends. */
  readonly scores: { readonly ends: readonly number[]; readonly shares: readonly number[] };
  /** The training data: nanoseconds since the epoch, and what else its maker says. */
  readonly trained?: { readonly from: string; readonly to: string; readonly about?: string };
}

/** A model that has been checked against its manifest. */
export interface CheckedModel {
  readonly sha256: string;
  readonly model: TreeModel;
  readonly manifest: Manifest;
}

/** Finds models. Undefined: it is not there. Throws `model_invalid`. */
export interface ModelStore {
  find(digest: bigint): CheckedModel | undefined;
}

/** The first 128 bits of a SHA-256: what a control transfer has room for. */
export function digestOf(sha256: string): bigint {
  return BigInt(`0x${sha256.slice(0, 32)}`);
}

export function checkModel(bytes: Uint8Array, manifest: Manifest): CheckedModel {
  if (manifest.v !== 1) throw invalidModel(`the manifest has version ${String(manifest.v)}, and 1 is read`);
  if (manifest.features?.join() !== FEATURES.join()) {
    throw invalidModel('the model was trained with other features than this version of the package computes');
  }
  const model = readModel(bytes, FEATURES);
  if (!(Number.isInteger(manifest.reviewFrom) && manifest.denyFrom >= manifest.reviewFrom)) {
    throw invalidModel('the manifest wants integers with reviewFrom <= denyFrom');
  }
  if (!Array.isArray(manifest.golden) || manifest.golden.length === 0)
    throw invalidModel('the manifest has no golden rows');
  const margins = new Float64Array(1);
  for (const [index, { row, units }] of manifest.golden.entries()) {
    if (row.length !== model.features) throw invalidModel(`golden row ${index} has ${row.length} numbers`);
    model.margins(Float32Array.from(row), 1, margins);
    const scored = marginUnits(margins[0]!);
    if (scored !== units) throw invalidModel(`golden row ${index} scores ${scored}, and the manifest says ${units}`);
  }
  return { sha256: createHash('sha256').update(bytes).digest('hex'), model, manifest };
}

/** Models in memory. */
export class MemoryModels implements ModelStore {
  readonly #models = new Map<bigint, CheckedModel>();

  add(bytes: Uint8Array, manifest: Manifest): CheckedModel {
    const checked = checkModel(bytes, manifest);
    this.#models.set(digestOf(checked.sha256), checked);
    return checked;
  }

  find(digest: bigint): CheckedModel | undefined {
    return this.#models.get(digest);
  }

  /** As if its file had been deleted. */
  delete(digest: bigint): void {
    this.#models.delete(digest);
  }
}

/** Models in a folder, each read when it is first asked for. */
export class FolderModels implements ModelStore {
  readonly #folder: string;
  readonly #read = new Map<bigint, CheckedModel>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(bytes: Uint8Array, manifest: Manifest): CheckedModel {
    const checked = checkModel(bytes, manifest);
    writeFileSync(join(this.#folder, `${checked.sha256}.model`), bytes);
    writeFileSync(join(this.#folder, `${checked.sha256}.json`), `${JSON.stringify(manifest, null, 1)}\n`);
    return checked;
  }

  find(digest: bigint): CheckedModel | undefined {
    const known = this.#read.get(digest);
    if (known !== undefined) return known;
    const start = digest.toString(16).padStart(32, '0');
    const name = readdirSync(this.#folder).find((file) => file.startsWith(start) && file.endsWith('.model'));
    if (name === undefined) return undefined;
    const checked = this.#load(name);
    this.#read.set(digest, checked);
    return checked;
  }

  #load(name: string): CheckedModel {
    const path = join(this.#folder, name);
    try {
      const manifest = JSON.parse(readFileSync(path.replace(/[.]model$/, '.json'), 'utf8')) as Manifest;
      const checked = checkModel(readFileSync(path), manifest);
      if (`${checked.sha256}.model` !== name) throw invalidModel(`${path} is not the file that its name says`);
      return checked;
    } catch (error) {
      if (error instanceof TallystickError) throw error;
      throw new TallystickError('model_invalid', `${path} cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
