/**
 * `connect('tigerbeetle://host:port,host:port,host:port?cluster=7')`: a TigerBeetle cluster behind the port that every
 * ledger has. tigerbeetle-node speaks to it, which a program that wants this installs beside us.
 */
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { checkOptions, TallystickError } from '../model/index.ts';
import type { ConnectOptions } from './connect-options.ts';
import { CONNECT_TIMEOUT_MS } from './session-options.ts';
import { TigerBeetlePort } from './tigerbeetle-port.ts';
import type { TigerBeetleClient } from './tigerbeetle-records.ts';

/** As tigerbeetle-node has it for addresses without one. */
const PORT_DEFAULT = 3001;
const SCHEME = /^tigerbeetle:\/\//;
const PACKAGE = 'tigerbeetle-node';

/** The package, as far as it is used here. */
export interface TigerBeetleModule {
  createClient(args: { readonly cluster_id: bigint; readonly replica_addresses: string[] }): TigerBeetleClient;
}

/** What a connection to TigerBeetle takes of what `connect` takes. */
export type TigerBeetleOptions = Pick<
  ConnectOptions,
  'cluster' | 'connectTimeoutMs' | 'timeoutMs' | 'retry' | 'signal'
>;

const OPTIONS: readonly (keyof TigerBeetleOptions)[] = ['cluster', 'connectTimeoutMs', 'timeoutMs', 'retry', 'signal'];

/** Whether the address is that of a TigerBeetle cluster. */
export function isTigerBeetle(address: string): boolean {
  return SCHEME.test(address);
}

/**
 * Resolves once the cluster has answered. `timeoutMs`: for a request, as `connect` takes it. Rejects with
 * `invalid_argument`, `package_missing`, `unreachable`, `version_mismatch`, or with the signal's reason.
 */
export async function connectTigerBeetle(
  addresses: string | readonly string[],
  options: TigerBeetleOptions = {},
  load: () => Promise<TigerBeetleModule> = loadPackage,
): Promise<TigerBeetlePort> {
  checkOptions(options, OPTIONS, 'connect to tigerbeetle://');
  options.signal?.throwIfAborted();
  const { replicas, cluster } = parseTigerBeetle(addresses, options.cluster);
  const { createClient } = await load();
  const replica_addresses = await Promise.all(replicas.map(resolved));
  const open = (): TigerBeetleClient => {
    try {
      return createClient({ cluster_id: cluster, replica_addresses });
    } catch (cause) {
      throw new TallystickError('invalid_argument', `tigerbeetle-node: ${(cause as Error).message}`, { cause });
    }
  };
  const port = new TigerBeetlePort(open, { cluster, ledgerId: ledgerIdOf(cluster) }, options.timeoutMs);
  try {
    await answered(port, replicas, options);
    return port;
  } catch (error) {
    // There is nothing to wait for.
    void port.close(0);
    throw error;
  }
}

/** The cluster's client tries for ever; whoever connects does not wait so long. */
async function answered(
  port: TigerBeetlePort,
  replicas: readonly string[],
  { connectTimeoutMs = CONNECT_TIMEOUT_MS, signal }: TigerBeetleOptions,
): Promise<void> {
  let end = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const why = `no TigerBeetle cluster answers at ${replicas.join(', ')} within ${connectTimeoutMs} ms`;
    const next = 'Check the addresses, the cluster id, and that a majority of the replicas runs; then try again.';
    const timer = setTimeout(() => reject(new TallystickError('unreachable', why, { next })), connectTimeoutMs);
    const leave = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    };
  });
  await Promise.race([port.ping(), late]).finally(() => end());
}

export interface TigerBeetleAddress {
  /** `host:port` each. */
  readonly replicas: readonly string[];
  readonly cluster: bigint;
}

/** Reads one address or several; `cluster` where no address says it. Throws `invalid_argument`. */
export function parseTigerBeetle(addresses: string | readonly string[], cluster = 0n): TigerBeetleAddress {
  const text = typeof addresses === 'string' ? addresses : addresses.join(',');
  const [hosts = '', query, ...more] = text.split('?');
  const replicas = hosts.split(',').map((host) => hostOf(host.replace(SCHEME, ''), text));
  const parameters = new URLSearchParams(query ?? '');
  const names = [...parameters.keys()];
  if (more.length > 0 || names.some((name) => name !== 'cluster') || names.length > 1) {
    throw invalid(`${text}: an address of TigerBeetle has one parameter, cluster, at its end`);
  }
  const said = parameters.get('cluster');
  if (said !== null && !/^(\d{1,39}|0x[0-9a-f]{1,32})$/i.test(said)) throw invalid(`${text}: cluster is a u128`);
  const id = said === null ? cluster : BigInt(said);
  if (typeof id !== 'bigint' || id < 0n || id >= 1n << 128n) throw invalid(`${text}: cluster is a u128`);
  return { replicas, cluster: id };
}

function hostOf(text: string, whole: string): string {
  const url = URL.canParse(`tcp://${text}`) ? new URL(`tcp://${text}`) : undefined;
  const isBare = url !== undefined && url.hostname !== '' && /^\/?$/.test(url.pathname) && url.username === '';
  if (!isBare) throw invalid(`${whole} is not tigerbeetle://host:port,host:port?cluster=ID`);
  return `${url.hostname}:${url.port === '' ? PORT_DEFAULT : url.port}`;
}

/** tigerbeetle-node takes addresses of the network, and no names. */
async function resolved(replica: string): Promise<string> {
  const colon = replica.lastIndexOf(':');
  const host = replica.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = replica.slice(colon + 1);
  let { address, family } = { address: host, family: isIP(host) };
  try {
    if (family === 0) ({ address, family } = await lookup(host));
  } catch (cause) {
    throw new TallystickError('unreachable', `${host} has no address: ${(cause as Error).message}`, { cause });
  }
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The same for the same cluster: TigerBeetle has a cluster's number, and no other name for what it holds. */
export function ledgerIdOf(cluster: bigint): bigint {
  const digest = createHash('sha256').update(`tigerbeetle:${cluster}`).digest();
  return digest.readBigUInt64LE(0) | (digest.readBigUInt64LE(8) << 64n);
}

async function loadPackage(): Promise<TigerBeetleModule> {
  try {
    // The name is in a variable so that bundlers leave the package alone.
    const loaded = (await import(PACKAGE)) as TigerBeetleModule & { readonly default?: TigerBeetleModule };
    return loaded.default ?? loaded;
  } catch (cause) {
    const missing = (cause as { readonly code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `cannot be loaded here: ${(cause as Error).message}`;
    const message = `tigerbeetle:// goes with the package ${PACKAGE}, which ${why}: npm install ${PACKAGE}`;
    throw new TallystickError('package_missing', message, { cause });
  }
}

function invalid(message: string): TallystickError {
  return new TallystickError('invalid_argument', message);
}
