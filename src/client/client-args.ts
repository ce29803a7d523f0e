/** The arguments of `createClient`, checked in the words of tigerbeetle-node, and what becomes of them. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { type Pin, TallystickError } from '../model/index.ts';
import { parseAddresses, parseUnix } from './addresses.ts';
import { type Described, describe, refuseInTheClear } from './described.ts';
import type { Address } from './link.ts';
import { CONNECT_TIMEOUT_MS, type SessionOptions } from './session-options.ts';
import type { TokenSource } from './token.ts';
import { type ClientWaiting, warn } from './waiting.ts';

/** Which servers a client of `createClient` talks to; fields as in tigerbeetle-node. */
export interface ClientInitArgs {
  /** u128. */
  cluster_id: bigint;
  /**
   * Each a port, an IP address, or both as `ip:port`: where a server listens; not in tigerbeetle-node `unix:/path`, or
   * `tcps://name:port` with parameters as `connect` takes them. With `$TALLYSTICK_DIR` they only name a ledger in that
   * folder, opened in this process.
   */
  replica_addresses: Array<string | number>;
  /** From a call to its answer, milliseconds; none by default. Not in tigerbeetle-node. */
  timeout_ms?: number;
  /** The ledger that the server must have, as `connect` takes it. Not in tigerbeetle-node. */
  pin?: Pin;
  /** As `connect` takes it; left out: what the address, the environment or the file says. Not in tigerbeetle-node. */
  token?: TokenSource;
  /**
   * As `connect` takes it: addresses without `tcp://` are then reached over TLS, as they are if the environment or the
   * file names an authority or a certificate. Not in tigerbeetle-node.
   */
  tls?: ConnectionOptions;
  /** Path of a file that describes the connection, as `connect` takes it. Not in tigerbeetle-node. */
  connection?: string;
  /**
   * Hears of requests that nobody answers: after 5 s, and then once a minute. Left out: the process emits a `warning`
   * with the code `TALLYSTICK_WAITING`, which Node prints to stderr. Not in tigerbeetle-node.
   */
  waiting?: (waiting: ClientWaiting) => void;
}

/**
 * A session without end: it connects at the first request and whenever a connection was lost, and requests wait that
 * long. Throws what {@link checkedAddresses} does, `invalid_argument`, or `not_found`.
 */
export function remoteOptions(args: ClientInitArgs): SessionOptions {
  checkedAddresses(args);
  const described = describe(args.replica_addresses.join(',').split(','), args.connection);
  const addresses = parseAddresses(described.addresses);
  const secure = isSecure(addresses, args, described);
  const token = args.token ?? described.token;
  if (!secure && args.token === undefined && token !== undefined) {
    for (const text of addresses) {
      const address = addressOf(text);
      if ('host' in address) refuseInTheClear(text, address.host);
    }
  }
  const { tls } = args;
  return {
    addresses: addresses.map(addressOf),
    cluster: args.cluster_id,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    reconnectTimeoutMs: Number.POSITIVE_INFINITY,
    retry: true,
    lane: 0,
    waiting: args.waiting ?? warn,
    ...(args.pin === undefined ? {} : { pin: args.pin }),
    ...(args.timeout_ms === undefined ? {} : { timeoutMs: args.timeout_ms }),
    ...(token === undefined ? {} : { token }),
    ...(secure ? { tls: tls === undefined ? (described.tls ?? (() => ({}))) : () => tls } : {}),
  };
}

/** Whether to connect over TLS: to all of the addresses, or to none. Throws `invalid_argument`. */
function isSecure(addresses: readonly string[], args: ClientInitArgs, described: Described): boolean {
  const meant = args.tls !== undefined || described.tls !== undefined;
  const tcp = addresses.filter((text) => parseUnix(text) === undefined);
  const secure = tcp.filter((text) => text.startsWith('tcps:') || (meant && !text.startsWith('tcp:')));
  if (secure.length === 0 || secure.length === tcp.length) return secure.length > 0;
  throw new TallystickError('invalid_argument', 'either all of the addresses are reached over TLS, or none is');
}

/** The address in `ip:port`, `tcps://name:port` or `unix:/path`. */
function addressOf(text: string): Address {
  const file = parseUnix(text);
  if (file !== undefined) return file;
  const bare = text.replace(/^tcps?:\/\//, '');
  const colon = bare.lastIndexOf(':');
  return { host: bare.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(bare.slice(colon + 1)) };
}

/** The addresses in one spelling. Throws in the words that tigerbeetle-node has for each mistake. */
export function checkedAddresses({ cluster_id: cluster, replica_addresses: addresses }: ClientInitArgs): string[] {
  if (typeof addresses?.join !== 'function') throw new TypeError('replica_addresses must be an array');
  if (typeof cluster !== 'bigint') throw new Error('cluster_id must be a BigInt');
  if (cluster < 0n) throw new Error('cluster_id must be positive');
  if (cluster >= 1n << 128n) throw new Error('cluster_id must fit in 128 bits');
  return parseAddresses(addresses);
}

/** The folder of `$TALLYSTICK_DIR` for them: two spellings of the same addresses, in any order, are the same ledger. */
export function folderOf(cluster: bigint, addresses: readonly string[]): string {
  const names = [...new Set(addresses)].sort().join('+').replaceAll(':', '_');
  // Six IPv6 addresses are longer than a file's name may be; a path is none.
  const name = names.length <= 150 && !names.includes('/') ? names : createHash('sha256').update(names).digest('hex');
  return resolve(process.env.TALLYSTICK_DIR ?? '.', `tallystick-${cluster}-${name}`);
}
