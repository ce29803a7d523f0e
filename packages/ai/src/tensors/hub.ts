/**
 * The tensor models of a repository, loaded: which version answers, which computes in its shadow, and how many
 * requests each had. Processes begin when a version is first needed and end when it is retired.
 */
import { TallystickError } from 'tallystick/internal';
import { Batcher, type InferOptions } from './batcher.ts';
import type { ModelEntry, ModelRepository, VersionState } from './repository.ts';
import type { TensorValue } from './tensor.ts';
import { TensorProcess } from './tensor-process.ts';

export interface HubOptions {
  readonly threads?: number | undefined;
  /** Requests that wait for each version. */
  readonly waitingMax?: number | undefined;
  readonly watch?: HubWatch | undefined;
}

export interface Labels {
  readonly model: string;
  readonly version: string;
}

export interface HubWatch {
  batch?(labels: Labels, rows: number, queuedMs: readonly number[], computeMs: number): void;
  /** A shadow computed what the active version did; the largest difference between their numbers. */
  shadow?(labels: Labels, difference: number): void;
}

/** As the protocol counts: requests, batches, and where their time went, in nanoseconds. */
export interface VersionCounts {
  readonly lastMs: number;
  readonly rows: number;
  readonly batches: number;
  readonly success: Duration;
  readonly fail: Duration;
  readonly queue: Duration;
  readonly compute: Duration;
}

export interface Duration {
  count: number;
  ns: number;
}

interface Version {
  readonly name: string;
  readonly number: string;
  readonly entry: ModelEntry;
  batcher: Promise<Batcher> | undefined;
  readonly counts: { -readonly [key in keyof VersionCounts]: VersionCounts[key] };
}

export interface IndexEntry extends Labels {
  readonly state: VersionState;
}

const NS_A_MS = 1e6;
const SHADOWS_MAX = 8;

export class ModelHub {
  readonly #repository: ModelRepository;
  readonly #options: HubOptions;
  #models: ReadonlyMap<string, ModelEntry>;
  readonly #versions = new Map<string, Version>();
  readonly #unloaded = new Set<string>();
  #shadows = 0;

  private constructor(repository: ModelRepository, options: HubOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#models = repository.read();
  }

  /** Loads what is active. Rejects with `model_invalid` or `package_missing`. */
  static async open(repository: ModelRepository, options: HubOptions = {}): Promise<ModelHub> {
    const hub = new ModelHub(repository, options);
    await hub.reload();
    return hub;
  }

  get index(): readonly IndexEntry[] {
    return [...this.#models].flatMap(([model, { versions }]) =>
      Object.entries(versions).map(([version, { state }]) => ({ model, version, state })),
    );
  }

  /**
   * Looks at the repository again: versions that are active now are loaded, those that are retired end. Rejects with
   * `model_invalid` or `package_missing`; then what answered goes on.
   */
  async reload(): Promise<void> {
    const before = this.#models;
    this.#models = this.#repository.read();
    try {
      for (const { model, version, state } of this.index) {
        if (this.#unloaded.has(model)) continue;
        if (state === 'active' || state === 'shadow') await this.find(model, version);
      }
    } catch (error) {
      this.#models = before;
      throw error;
    }
    for (const [key, version] of this.#versions) {
      const state = this.#models.get(version.name)?.versions[version.number]?.state;
      if (state === undefined || state === 'retired') this.#end(key, version);
    }
  }

  /** Takes requests for a model again, as the repository has it now. Rejects with `not_found` or `model_invalid`. */
  async load(name: string): Promise<void> {
    this.#unloaded.delete(name);
    await this.reload();
    this.versions(name);
  }

  /** Ends the processes of a model until it is loaded again. Throws `not_found`. */
  unload(name: string): void {
    this.versions(name);
    this.#unloaded.add(name);
    for (const [key, version] of this.#versions) if (version.name === name) this.#end(key, version);
  }

  isUnloaded(name: string): boolean {
    return this.#unloaded.has(name);
  }

  /** The version that answers, loaded. Rejects with `not_found` or `model_invalid`. */
  async find(name: string, version = ''): Promise<{ readonly labels: Labels; readonly process: TensorProcess }> {
    const found = this.#version(name, version);
    const { process } = await this.#batcher(found);
    return { labels: { model: name, version: found.number }, process };
  }

  /** Numbers of a model's versions that are not retired. Throws `not_found`. */
  versions(name: string): readonly string[] {
    const entry = this.#models.get(name);
    if (entry === undefined) throw new TallystickError('not_found', `there is no model ${name}`);
    return Object.keys(entry.versions).filter((version) => entry.versions[version]!.state !== 'retired');
  }

  entry(name: string): ModelEntry | undefined {
    return this.#models.get(name);
  }

  /** Counts of versions that were asked. */
  get counts(): readonly (Labels & VersionCounts)[] {
    return [...this.#versions.values()].map(({ name, number, counts }) => ({
      model: name,
      version: number,
      ...counts,
    }));
  }

  /** Rejects as {@link Batcher.infer} and {@link find} do. */
  async infer(
    name: string,
    version: string,
    options: InferOptions,
  ): Promise<{ version: string; outputs: readonly TensorValue[] }> {
    const found = this.#version(name, version);
    const from = performance.now();
    try {
      const batcher = await this.#batcher(found);
      const outputs = await batcher.infer(options);
      count(found.counts.success, performance.now() - from);
      if (version === '') this.#shade(name, options, outputs);
      return { version: found.number, outputs };
    } catch (error) {
      count(found.counts.fail, performance.now() - from);
      throw error;
    } finally {
      found.counts.lastMs = Date.now();
    }
  }

  close(): void {
    for (const [key, version] of this.#versions) this.#end(key, version);
  }

  #end(key: string, { batcher }: Version): void {
    this.#versions.delete(key);
    batcher?.then(
      ({ process }) => process.close(),
      () => {},
    );
  }

  #version(name: string, version: string): Version {
    const entry = this.#models.get(name);
    if (entry === undefined) throw new TallystickError('not_found', `there is no model ${name}`);
    if (this.#unloaded.has(name)) throw new TallystickError('not_found', `model ${name} was unloaded`);
    const active = Object.keys(entry.versions).find((one) => entry.versions[one]!.state === 'active');
    const number = version === '' ? active : version;
    const state = entry.versions[number ?? '']?.state;
    if (number === undefined || state === undefined || state === 'retired') {
      const what = version === '' ? `model ${name} has no active version` : `model ${name} has no version ${version}`;
      throw new TallystickError('not_found', state === 'retired' ? `version ${version} of ${name} is retired` : what);
    }
    const key = `${name} ${number}`;
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const zero = (): Duration => ({ count: 0, ns: 0 });
    const counts = { lastMs: 0, rows: 0, batches: 0, success: zero(), fail: zero(), queue: zero(), compute: zero() };
    const made: Version = { name, number, entry, batcher: undefined, counts };
    this.#versions.set(key, made);
    return made;
  }

  async #batcher(version: Version): Promise<Batcher> {
    const known = await version.batcher;
    if (known !== undefined && !known.process.isLost) return known;
    if (known !== undefined) version.batcher = undefined;
    version.batcher ??= this.#load(version);
    try {
      return await version.batcher;
    } catch (error) {
      version.batcher = undefined;
      throw error;
    }
  }

  async #load({ name, number, entry, counts }: Version): Promise<Batcher> {
    const path = this.#repository.check(entry.versions[number]!.sha256);
    const process = await TensorProcess.open(path, this.#options.threads ?? 1);
    const labels = { model: name, version: number };
    // Both may be others after the next look at the repository.
    const now = (): ModelEntry => this.#models.get(name) ?? entry;
    return new Batcher(process, {
      get queueMs() {
        return now().queueMs;
      },
      get rowsMax() {
        return now().rowsMax;
      },
      waitingMax: this.#options.waitingMax ?? 256,
      computed: (rows, queuedMs, computeMs) => {
        counts.rows += rows;
        counts.batches += 1;
        for (const ms of queuedMs) count(counts.queue, ms);
        count(counts.compute, computeMs);
        this.#options.watch?.batch?.(labels, rows, queuedMs, computeMs);
      },
    });
  }

  /** Lets shadows compute the same; nobody waits for them, and what they do not get done is left out. */
  #shade(name: string, { inputs, outputs }: InferOptions, active: readonly TensorValue[]): void {
    const { versions } = this.#models.get(name)!;
    for (const version of Object.keys(versions)) {
      if (versions[version]!.state !== 'shadow' || this.#shadows >= SHADOWS_MAX) continue;
      this.#shadows += 1;
      const compute = async (): Promise<void> => {
        const batcher = await this.#batcher(this.#version(name, version));
        const own = await batcher.infer({ inputs, outputs });
        this.#options.watch?.shadow?.({ model: name, version }, difference(own, active));
      };
      // A shadow that fails differs from the active version in everything.
      void compute()
        .catch(() => this.#options.watch?.shadow?.({ model: name, version }, Number.POSITIVE_INFINITY))
        .finally(() => {
          this.#shadows -= 1;
        });
    }
  }
}

function count(duration: Duration, ms: number): void {
  duration.count += 1;
  duration.ns += Math.round(ms * NS_A_MS);
}

/** The largest difference between numbers of 32 bits; of other types, whether a byte differs. */
function difference(own: readonly TensorValue[], other: readonly TensorValue[]): number {
  let most = 0;
  for (const [at, { datatype, bytes }] of own.entries()) {
    const told = other[at]?.bytes;
    if (told === undefined || told.length !== bytes.length) return Number.POSITIVE_INFINITY;
    if (datatype !== 'FP32') {
      if (!bytes.every((byte, place) => byte === told[place])) most = Math.max(most, 1);
      continue;
    }
    const [numbers, others] = [new Float32Array(bytes.buffer), new Float32Array(told.buffer)];
    for (let place = 0; place < numbers.length; place++)
      most = Math.max(most, Math.abs(numbers[place]! - others[place]!));
  }
  return most;
}
