/**
 * The repository of tensor models: a folder that says of each model which versions there are, and what each is for.
 *
 *   models.json     { "models": { NAME: { "versions": { "1": { sha256, state } }, "queueMs", "rowsMax" } } }
 *   blobs/SHA256    the ONNX file; its name is what it must hash to
 *
 * A version is staged first, then a shadow of the active one, then active, then retired; the file is written whole or
 * not at all, so a server that reads it sees one state or the next.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal';
import { invalidModel } from '../trees/tree-builder.ts';

const states = ['staged', 'shadow', 'active', 'retired'] as const;
/** `staged`: answers who asks for it by number. `shadow`: computes what the active one is asked, unheard. */
export type VersionState = (typeof states)[number];

export interface VersionEntry {
  readonly sha256: string;
  readonly state: VersionState;
}

export interface ModelEntry {
  readonly versions: { readonly [version: string]: VersionEntry };
  /** How long a request may wait for others to be computed with, in milliseconds. */
  readonly queueMs: number;
  /** Rows that are computed together at most; 1: requests are never joined. */
  readonly rowsMax: number;
}

export const ENTRY_DEFAULTS: Pick<ModelEntry, 'queueMs' | 'rowsMax'> = { queueMs: 2, rowsMax: 64 };
const FILE = 'models.json';
const NAME = /^[\w][\w.-]{0,127}$/;

export class ModelRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Models by name. Throws `model_invalid` if the file cannot be used. */
  read(): ReadonlyMap<string, ModelEntry> {
    const path = join(this.folder, FILE);
    if (!existsSync(path)) return new Map();
    try {
      const { models } = JSON.parse(readFileSync(path, 'utf8')) as { models: { [name: string]: Partial<ModelEntry> } };
      return new Map(Object.entries(models).map(([name, entry]) => [name, checked(name, entry)]));
    } catch (cause) {
      throw invalidModel(`${path} cannot be used: ${(cause as Error).message}`);
    }
  }

  /** Takes a file in as the next version of a model, staged; returns its number. The same file is taken in once. */
  add(name: string, file: string, options: Partial<Pick<ModelEntry, 'queueMs' | 'rowsMax'>> = {}): string {
    if (!NAME.test(name)) throw new TallystickError('invalid_argument', `${name} is no name of a model`);
    const bytes = readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const models = new Map(this.read());
    const known = models.get(name) ?? { versions: {}, ...ENTRY_DEFAULTS };
    const same = Object.entries(known.versions).find(([, entry]) => entry.sha256 === sha256);
    const version = same?.[0] ?? String(1 + Math.max(0, ...Object.keys(known.versions).map(Number)));
    mkdirSync(join(this.folder, 'blobs'), { recursive: true });
    if (!existsSync(this.blob(sha256))) this.#write(this.blob(sha256), bytes);
    const versions = { ...known.versions, [version]: same?.[1] ?? { sha256, state: 'staged' as const } };
    models.set(name, { ...known, ...options, versions });
    this.#save(models);
    return version;
  }

  /** Gives a version another state. One that becomes active retires the one that was. Throws `not_found`. */
  set(name: string, version: string, state: VersionState): void {
    const models = new Map(this.read());
    const entry = models.get(name);
    const known = entry?.versions[version];
    if (entry === undefined || known === undefined) {
      throw new TallystickError('not_found', `model ${name} has no version ${version}`);
    }
    const versions = Object.fromEntries(
      Object.entries(entry.versions).map(([number, one]) => {
        if (number === version) return [number, { ...one, state }];
        const isReplaced = state === 'active' && one.state === 'active';
        return [number, isReplaced ? { ...one, state: 'retired' as const } : one];
      }),
    );
    models.set(name, { ...entry, versions });
    this.#save(models);
  }

  /** The path of a version's file. */
  blob(sha256: string): string {
    return join(this.folder, 'blobs', sha256);
  }

  /** Throws `model_invalid` if the file is not the one that its name says. */
  check(sha256: string): string {
    const path = this.blob(sha256);
    const found = existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'no file';
    if (found === sha256) return path;
    throw invalidModel(`${path} has the hash ${found}`);
  }

  #save(models: ReadonlyMap<string, ModelEntry>): void {
    const text = JSON.stringify({ models: Object.fromEntries(models) }, undefined, 2);
    this.#write(join(this.folder, FILE), new TextEncoder().encode(`${text}\n`));
  }

  #write(path: string, bytes: Uint8Array): void {
    const draft = `${path}.draft`;
    writeFileSync(draft, bytes);
    sync(draft);
    renameSync(draft, path);
    sync(join(path, '..'));
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function checked(name: string, entry: Partial<ModelEntry>): ModelEntry {
  const { versions = {}, queueMs = ENTRY_DEFAULTS.queueMs, rowsMax = ENTRY_DEFAULTS.rowsMax } = entry;
  for (const [version, { sha256, state }] of Object.entries(versions)) {
    const isGood = /^[1-9]\d*$/.test(version) && /^[0-9a-f]{64}$/.test(sha256) && states.includes(state);
    if (!isGood) throw new Error(`version ${version} of ${name} has no hash or no state`);
  }
  if (!NAME.test(name) || !(queueMs >= 0) || !(Number.isInteger(rowsMax) && rowsMax > 0)) {
    throw new Error(`${name} has no name, or no sizes, of a model`);
  }
  return { versions, queueMs, rowsMax };
}
