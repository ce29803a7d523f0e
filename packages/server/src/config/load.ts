/**
 * Puts a configuration together: flags, then the environment, then the file, then defaults; whoever speaks first is
 * heard. All problems are told at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest } from 'tallystick/internal/base';
import { TallystickError } from 'tallystick/internal/model';
import { type Configuration, flagOf, type KeyName, keyNames, keys, variableOf, wants } from './keys.ts';
import { brokenRules } from './rules.ts';
import { validator } from './validators.ts';

/** Where a value came from. */
export interface Origin {
  readonly from: 'flag' | 'environment' | 'file' | 'default';
  /** `--grpc-port`, `TALLYSTICK_GRPC_PORT`, the file's path; of a default nothing. */
  readonly name: string;
}

export interface Loaded {
  readonly configuration: Configuration;
  readonly origins: { readonly [key in KeyName]: Origin };
  /** The file that was read. */
  readonly file: string | undefined;
}

export interface Given {
  /** Values of flags by key, as typed. */
  readonly flags: Partial<Record<KeyName, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; left out: `TALLYSTICK_CONFIG`, then tallystick.json in `folder`, if it is there. */
  readonly file?: string | undefined;
  readonly cwd: string;
}

const FILE = 'tallystick.json';
const PREFIX = 'TALLYSTICK_';
/** Variables that are not keys of a server: where the file is, and where drop-in clients keep their ledgers. */
const OTHERS = ['CONFIG', 'DIR'].map((name) => PREFIX + name);
/** What Kubernetes puts into every container for a service called tallystick or tallystick-something. */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP)(_\w+)?$|^TALLYSTICK(_\w+)?_PORT$/;

interface Value {
  readonly value: unknown;
  readonly origin: Origin;
}

/** Throws `configuration_invalid`, with a line for each problem. */
export function loadConfiguration(given: Given): Loaded {
  const problems: string[] = [];
  const path = fileOf(given, problems);
  const sources = [fromFlags(given), fromEnvironment(given, problems), fromFile(path, problems)];
  const configuration: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of keyNames) {
    const found = sources.map((source) => source.get(name)).find((value) => value !== undefined);
    configuration[name] = found === undefined ? keys[name].preset : check(name, found, problems);
    origins[name] = found?.origin ?? { from: 'default', name: '' };
  }
  const loaded = { configuration, origins, file: path } as unknown as Loaded;
  // Rules are about values that make sense on their own.
  if (problems.length === 0) {
    for (const { key, why } of brokenRules(loaded.configuration)) {
      problems.push(`${key} ${why} (${described(loaded.origins[key])})`);
    }
  }
  if (problems.length > 0) throw new TallystickError('configuration_invalid', problems.join('\n'));
  return loaded;
}

export function described({ from, name }: Origin): string {
  switch (from) {
    case 'flag':
      return `the flag ${name}`;
    case 'environment':
      return `the variable ${name}`;
    case 'file':
      return `the file ${name}`;
    case 'default':
      return 'its default';
  }
}

function check(name: KeyName, { value, origin }: Value, problems: string[]): unknown {
  const { kind, secret } = keys[name];
  const result = validator(kind).safeParse(value);
  if (result.success) return result.data;
  const got = secret ? '' : ` and not ${JSON.stringify(value)}`;
  const link =
    typeof value === 'string' && origin.from === 'environment' && /^tcp:\/\/[\d.]+:\d+$/.test(value)
      ? '; that looks like the address of a Kubernetes service: set enableServiceLinks to false'
      : '';
  problems.push(`${name} wants ${wants(kind)}${got} (${described(origin)}${link})`);
  return keys[name].preset;
}

function fromFlags({ flags }: Given): Map<KeyName, Value> {
  const values = new Map<KeyName, Value>();
  for (const name of keyNames) {
    if (flags[name] !== undefined) {
      values.set(name, {
        value: flags[name],
        origin: { from: 'flag', name: name === 'folder' ? '<folder>' : flagOf(name) },
      });
    }
  }
  return values;
}

function fromEnvironment({ environment }: Given, problems: string[]): Map<KeyName, Value> {
  const values = new Map<KeyName, Value>();
  const byVariable = new Map(keyNames.map((name) => [variableOf(name), name]));
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || OTHERS.includes(variable) || value === undefined) continue;
    const name = byVariable.get(variable);
    if (name !== undefined) values.set(name, { value, origin: { from: 'environment', name: variable } });
    else if (!SERVICE_LINK.test(variable)) problems.push(unknown(variable, [...byVariable.keys()], 'the environment'));
  }
  return values;
}

function fileOf({ file, environment, cwd }: Given, problems: string[]): string | undefined {
  const wanted = file ?? environment.TALLYSTICK_CONFIG;
  const path = resolve(cwd, wanted ?? FILE);
  if (existsSync(path)) return path;
  if (wanted !== undefined)
    problems.push(`${wanted} is not there (${file === undefined ? 'TALLYSTICK_CONFIG' : '--config'})`);
  return undefined;
}

function fromFile(path: string | undefined, problems: string[]): Map<KeyName, Value> {
  const values = new Map<KeyName, Value>();
  if (path === undefined) return values;
  let whole: unknown;
  try {
    whole = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push(`${path} is not JSON: ${whyNot((error as Error).message)}`);
    return values;
  }
  const groups = new Set(keyNames.flatMap((name) => prefixes(name)));
  const origin: Origin = { from: 'file', name: path };
  const walk = (node: unknown, prefix: string): void => {
    if (!isObject(node)) {
      problems.push(`${prefix === '' ? path : prefix} wants an object (the file ${path})`);
      return;
    }
    for (const [part, value] of Object.entries(node)) {
      const name = prefix === '' ? part : `${prefix}.${part}`;
      if (groups.has(name)) walk(value, name);
      else if ((keyNames as readonly string[]).includes(name)) values.set(name as KeyName, { value, origin });
      else problems.push(unknown(name, [...keyNames, ...groups], path));
    }
  };
  walk(whole, '');
  return values;
}

/** Without the piece of the file that the message may quote: there may be a secret in it. */
function whyNot(message: string): string {
  return message.replace(/,? *(\.\.\.)?".*$/s, '');
}

/** `lanes.high.credit` → `lanes`, `lanes.high`. */
function prefixes(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknown(name: string, known: readonly string[], where: string): string {
  const meant = closest(name, known);
  return `${name} is not a key (${where})${meant === undefined ? '' : `: did you mean ${meant}?`}`;
}
