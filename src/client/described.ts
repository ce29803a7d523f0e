/**
 * The description of a connection: where the servers are, and how a caller shows who it is. It is put together from the
 * address (`tcps://host?ca=ca.pem`), the environment and a file in JSON, and is the same for `connect`, `createClient`
 * and every command:
 *
 *   address       variable                   file             meaning
 *                 TALLYSTICK_CONNECTION                       path of the file
 *                 TALLYSTICK_ADDRESS         address          one address, or several
 *                 TALLYSTICK_TOKEN           token            the token itself
 *   token-file    TALLYSTICK_TOKEN_FILE      tokenFile        path of a file that holds it
 *                 TALLYSTICK_TOKEN_COMMAND   tokenCommand     command of the shell that prints it
 *   ca            TALLYSTICK_CA              ca               path of the authorities to trust, PEM
 *   certificate   TALLYSTICK_CERTIFICATE     certificate      path of the certificate to show, PEM
 *   key           TALLYSTICK_KEY             key              path of its private key, PEM
 *
 * The address wins over the environment, and that over the file. An address is often logged and often comes from
 * elsewhere, so it holds neither a token nor a command.
 */
import { dirname, resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { closest, isLoopback } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import { readText } from '../platform/index.ts';
import type { TokenSource } from './token.ts';
import { tokenFromCommand, tokenFromFile } from './token-sources.ts';

/** A description that is put together. */
export interface Described {
  /** Without their parameters. */
  readonly addresses: readonly string[];
  readonly token: TokenSource | undefined;
  /** Reads the files; undefined if none is named. Throws `not_found`. */
  readonly tls: (() => ConnectionOptions) | undefined;
}

const NAMES = ['address', 'token', 'tokenFile', 'tokenCommand', 'ca', 'certificate', 'key'] as const;
type Name = (typeof NAMES)[number];
/** Parameters of an address. */
const PARAMETERS: ReadonlyMap<string, Name> = new Map([
  ['ca', 'ca'],
  ['certificate', 'certificate'],
  ['key', 'key'],
  ['token-file', 'tokenFile'],
]);
const PATHS: readonly Name[] = ['tokenFile', 'ca', 'certificate', 'key'];
const TOKENS: readonly Name[] = ['token', 'tokenFile', 'tokenCommand'];
const VARIABLES: ReadonlyMap<string, Name> = new Map(
  NAMES.map((name) => [`TALLYSTICK_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`, name]),
);

/** Variables that describe a connection; a server does not take them for settings of its own. */
export const CONNECTION_VARIABLES: readonly string[] = ['TALLYSTICK_CONNECTION', ...VARIABLES.keys()];

/** The values of one source. */
interface Source {
  /** How messages call it. */
  readonly from: string;
  readonly values: Partial<Record<Name, string>>;
  /** All addresses of the source; `values.address` is left out. */
  readonly addresses?: readonly string[];
}

/**
 * Puts a description together. `given`: the caller's addresses; none: those that the environment or the file names.
 * `file`: read in place of `TALLYSTICK_CONNECTION`. Throws `invalid_argument` or `not_found`.
 */
export function describe(given: readonly string[], file?: string): Described {
  const path = file ?? process.env.TALLYSTICK_CONNECTION;
  const outer = [fromEnvironment(), ...(path === undefined ? [] : [fromFile(path)])];
  const named = given.length > 0 ? given : outer.find(({ addresses }) => addresses !== undefined)?.addresses;
  const split = (named ?? []).map(fromAddress);
  const sources = [...split.map(({ source }) => source), ...outer];
  for (const source of sources) check(source);
  return {
    addresses: split.map(({ address }) => address),
    token: tokenOf(sources),
    tls: tlsOf(sources),
  };
}

/** `tcps://host:3000?ca=ca.pem`: the address, and the source that its parameters are. */
function fromAddress(text: string): { readonly address: string; readonly source: Source } {
  // The path of a socket may hold anything.
  if (text.startsWith('unix:')) return { address: text, source: { from: text, values: {} } };
  const at = text.indexOf('?');
  const address = at === -1 ? text : text.slice(0, at);
  if (/^[a-z]+:\/\/[^/]*@/i.test(address)) throw secretInAddress();
  const values: Partial<Record<Name, string>> = {};
  for (const [parameter, value] of new URLSearchParams(at === -1 ? '' : text.slice(at + 1))) {
    const name = PARAMETERS.get(parameter);
    if (parameter === 'token' || parameter === 'token-command') throw secretInAddress();
    if (name === undefined)
      throw unknown(`the parameter ${parameter} of ${address}`, parameter, [...PARAMETERS.keys()]);
    if (values[name] !== undefined) throw invalid(`${address} names ${parameter} twice`);
    values[name] = resolve(value);
  }
  return { address, source: { from: `the address ${address}`, values } };
}

function fromEnvironment(): Source {
  const values: Partial<Record<Name, string>> = {};
  for (const [variable, name] of VARIABLES) {
    const value = process.env[variable];
    if (value === undefined || value === '') continue;
    values[name] = PATHS.includes(name) ? resolve(value) : value;
  }
  const { address, ...others } = values;
  return {
    from: 'the environment',
    values: others,
    ...(address === undefined ? {} : { addresses: address.split(',') }),
  };
}

/** Paths in the file are relative to it. */
function fromFile(path: string): Source {
  const from = `the connection file ${path}`;
  let whole: unknown;
  try {
    whole = JSON.parse(readText(path));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code !== undefined;
    // The parser's message may quote a secret.
    const why = missing ? `cannot be read: ${(cause as Error).message}` : 'is not JSON';
    throw new TallystickError(missing ? 'not_found' : 'invalid_argument', `${from} ${why}`);
  }
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) throw invalid(`${from} is no object`);
  const values: Partial<Record<Name, string>> = {};
  let addresses: readonly string[] | undefined;
  for (const [key, value] of Object.entries(whole)) {
    const name = NAMES.find((known) => known === key);
    if (name === undefined) throw unknown(`${key} in ${from}`, key, NAMES);
    const list = name === 'address' && Array.isArray(value) ? value : [value];
    if (list.length === 0 || list.some((one) => typeof one !== 'string' || one === '')) {
      throw invalid(`${key} in ${from} is no text`);
    }
    if (name === 'address') addresses = list;
    else values[name] = PATHS.includes(name) ? resolve(dirname(path), value) : value;
  }
  return { from, values, ...(addresses === undefined ? {} : { addresses }) };
}

function check({ from, values }: Source): void {
  const tokens = TOKENS.filter((name) => values[name] !== undefined);
  if (tokens.length > 1) throw invalid(`${from} has ${tokens.join(' and ')}; a connection has one token`);
  if ((values.certificate === undefined) !== (values.key === undefined)) {
    throw invalid(
      `${from} has ${values.key === undefined ? 'a certificate without its key' : 'a key without its certificate'}`,
    );
  }
}

function tokenOf(sources: readonly Source[]): TokenSource | undefined {
  for (const { from, values } of sources) {
    if (values.token !== undefined) return values.token;
    if (values.tokenFile !== undefined) return tokenFromFile(values.tokenFile, from);
    if (values.tokenCommand !== undefined) return tokenFromCommand(values.tokenCommand, from);
  }
  return undefined;
}

function tlsOf(sources: readonly Source[]): (() => ConnectionOptions) | undefined {
  const authority = sources.find(({ values }) => values.ca !== undefined);
  const shown = sources.find(({ values }) => values.certificate !== undefined);
  if (authority === undefined && shown === undefined) return undefined;
  return () => ({
    ...(authority === undefined ? {} : { ca: read(authority, 'ca') }),
    ...(shown === undefined ? {} : { cert: read(shown, 'certificate'), key: read(shown, 'key') }),
  });
}

function read({ from, values }: Source, name: 'ca' | 'certificate' | 'key'): string {
  try {
    return readText(values[name]!);
  } catch (cause) {
    const message = `${name} of ${from} cannot be read: ${(cause as Error).message}`;
    throw new TallystickError('not_found', message, { cause, next: 'Check the path that the message names.' });
  }
}

/**
 * Refuses to send a token that was only described to where everybody on the way could read it. Throws
 * `invalid_argument`.
 */
export function refuseInTheClear(address: string, host: string): void {
  if (isLoopback(host)) return;
  throw invalid(`a token would cross the network in the clear to ${address}: use tcps:// or grpcs://`);
}

function secretInAddress(): TallystickError {
  return invalid(
    'an address is logged and listed, so it holds no token: use token-file=PATH, TALLYSTICK_TOKEN or a connection file',
  );
}

function unknown(what: string, name: string, known: readonly string[]): TallystickError {
  const meant = closest(name, known);
  return invalid(
    `${what} is unknown${meant === undefined ? `; there are ${known.join(', ')}` : `: did you mean ${meant}?`}`,
  );
}

function invalid(message: string): TallystickError {
  return new TallystickError('invalid_argument', message);
}
