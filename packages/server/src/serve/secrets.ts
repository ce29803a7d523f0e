/**
 * References to secrets in a configuration, and what they stand for:
 *
 *   file:/run/secrets/token           the content of a file, without the space around it
 *   env:LEDGER_TOKEN                  a variable
 *   vault:secret/tallystick#token     a field of a secret of OpenBao or Vault
 *
 * A setting that is a path may be `vault:…`, too: its content then lies in a file of this process's own, in memory
 * where the system has that, and is written again when the secret changes, which is how TLS keys and key sets are
 * replaced without a restart. What cannot be had at the start starts nothing; later the last value stays in force.
 */
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { type Configuration, type KeyName, keyNames, keys, type Loaded } from '../config/index.ts';
import type { Logger } from '../observe/index.ts';
import { type Vault, vaultFor } from './vault.ts';

const OWNER_ONLY = 0o600;
const MEMORY = '/dev/shm';

export interface Secrets {
  /** With secrets in the places of their references. */
  readonly loaded: Loaded;
  /** Some cannot be read now, and the last values stay in force. */
  readonly failing: boolean;
  /** Looks at all of them now. */
  refresh(): Promise<void>;
  close(): void;
}

interface Reference {
  readonly key: KeyName;
  readonly path: string;
  readonly field: string;
}

/** Rejects with `configuration_invalid` for what cannot be read, and with `unreachable`. */
export async function openSecrets(loaded: Loaded, log: Pick<Logger, 'error' | 'warn' | 'info'>): Promise<Secrets> {
  const configuration: Record<string, unknown> = { ...loaded.configuration };
  const references: Reference[] = [];
  for (const key of keyNames) {
    const value = configuration[key];
    const { secret, kind } = keys[key];
    if (typeof value !== 'string' || !(secret === true || kind.is === 'path' || kind.is === 'keys')) continue;
    const [scheme, named] = split(value);
    if (scheme === 'vault') references.push({ key, ...fieldOf(key, named) });
    else if (scheme === 'file') configuration[key] = secret === true ? fileText(key, named) : named;
    else if (scheme === 'env') configuration[key] = variable(key, named);
  }
  const resolved: Loaded = { ...loaded, configuration: configuration as unknown as Configuration };
  if (references.length === 0) {
    return { loaded: resolved, failing: false, refresh: () => Promise.resolve(), close: () => {} };
  }
  const held = new Held(references, vaultFor(loaded.configuration, references[0]!.key), log);
  try {
    for (const [key, value] of await held.first()) configuration[key] = value;
  } catch (error) {
    held.close();
    throw error;
  }
  const timer = setInterval(() => void held.refresh(), loaded.configuration['vault.refresh']).unref();
  return {
    loaded: resolved,
    get failing() {
      return held.failing;
    },
    refresh: () => held.refresh(),
    close() {
      clearInterval(timer);
      held.close();
    },
  };
}

function split(value: string): [scheme: string, rest: string] {
  const found = /^(file|env|vault):(.+)$/s.exec(value);
  return found === null ? ['', value] : [found[1]!, found[2]!];
}

function fieldOf(key: KeyName, named: string): { path: string; field: string } {
  const found = /^([\w./-]+)#([\w.-]+)$/.exec(named);
  if (found === null) throw invalid(key, 'a reference to a secret is vault:MOUNT/PATH#FIELD');
  return { path: found[1]!, field: found[2]! };
}

function fileText(key: KeyName, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw invalid(key, `${path} cannot be read: ${(error as Error).message}`);
  }
}

function variable(key: KeyName, name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw invalid(key, `the variable ${name} is not set`);
  return value;
}

function invalid(key: KeyName, why: string): TallystickError {
  return new TallystickError('configuration_invalid', `${key}: ${why}`);
}

/** Values that were had, and files of those that are paths. */
class Held {
  readonly #references: readonly Reference[];
  readonly #vault: Vault;
  readonly #log: Pick<Logger, 'error' | 'warn' | 'info'>;
  readonly #values = new Map<KeyName, string>();
  #folder: string | undefined;
  failing = false;

  constructor(references: readonly Reference[], vault: Vault, log: Pick<Logger, 'error' | 'warn' | 'info'>) {
    this.#references = references;
    this.#vault = vault;
    this.#log = log;
  }

  /** What each key is set to: the secret, or the path of the file that holds it. */
  async first(): Promise<[KeyName, string][]> {
    const set: [KeyName, string][] = [];
    for (const { key, path, field } of this.#references) {
      const value = await this.#vault.read(path, field);
      this.#values.set(key, value);
      set.push([key, keys[key].secret === true ? value : this.#put(key, value)]);
    }
    return set;
  }

  async refresh(): Promise<void> {
    try {
      for (const { key, path, field } of this.#references) {
        const value = await this.#vault.read(path, field);
        if (value === this.#values.get(key)) continue;
        this.#values.set(key, value);
        if (keys[key].secret === true)
          this.#log.warn({ key }, 'a secret has changed; it is used from the next start on');
        else {
          this.#put(key, value);
          this.#log.info({ key }, 'a secret has changed, and is in use');
        }
      }
      if (this.failing) this.#log.info({}, 'secrets can be read again');
      this.failing = false;
    } catch (err) {
      if (!this.failing) this.#log.error({ err }, 'secrets cannot be read; the last values stay in force');
      this.failing = true;
    }
  }

  /** Whole or not at all, for whoever watches it. */
  #put(key: KeyName, value: string): string {
    this.#folder ??= mkdtempSync(join(isFolder(MEMORY) ? MEMORY : tmpdir(), 'tallystick-secrets-'));
    const path = join(this.#folder, key);
    writeFileSync(`${path}.new`, value.endsWith('\n') ? value : `${value}\n`, { mode: OWNER_ONLY });
    renameSync(`${path}.new`, path);
    return path;
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
