/**
 * Which doors are opened, where, and what guards them: the same at each. A port that was not asked for and is taken
 * stays closed; one that was asked for must be had. The native door must always be had.
 */
import { DoorCounters } from 'tallystick/internal/base';
import { type GrpcService, type Port, TallystickError } from 'tallystick/internal/model';
import type { Configuration, KeyName, Loaded } from '../config/index.ts';
import { admitting, exposureOf } from '../identity/index.ts';
import {
  type DoorAddress,
  type DoorOptions,
  GrpcServer,
  HttpServer,
  type HttpService,
  type HttpSite,
  MessagePackServer,
  NativeServer,
  overTls,
} from '../server/index.ts';
import { openLocalDoor } from './local-door.ts';
import { isTaken } from './observers.ts';
import type { OpenDoor, Within } from './open-door.ts';
import type { Security } from './security.ts';

/** What every door is opened with. */
interface Opening extends DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: { readonly connectionsMax: number; readonly helloMs: number };
  /** HTTP has paths for them. */
  readonly services: readonly HttpService[];
  readonly grpcServices: readonly GrpcService[];
  readonly site: HttpSite | undefined;
}

/** A door that listens: all four are alike. */
interface Listening extends Omit<OpenDoor, 'url'> {
  readonly address: DoorAddress;
}

interface Door {
  readonly name: string;
  readonly key: 'tcp.port' | 'grpc.port' | 'msgpack.port' | 'http.port';
  open(ledger: Port, opening: Opening, configuration: Configuration, traces: boolean): Promise<Listening>;
}

const doors: readonly Door[] = [
  {
    name: 'native',
    key: 'tcp.port',
    async open(ledger, opening, configuration, traces) {
      const counters = new DoorCounters('native');
      const { certificates, limits } = opening;
      const server = await NativeServer.listen(admitting('native', ledger, opening), {
        ...opening,
        counters,
        exposure: exposureOf(opening),
        ...(certificates === undefined ? {} : overTls(certificates, limits.helloMs)),
        cluster: configuration['cluster.id'],
        traces,
      });
      return { address: server.address, counters, drain: (ms) => server.drain(ms) };
    },
  },
  {
    name: 'grpc',
    key: 'grpc.port',
    open: (ledger, { limits, grpcServices: services, ...opening }, configuration) =>
      GrpcServer.listen(ledger, {
        ...opening,
        services,
        limits: { ...limits, requestsMax: configuration['limits.inFlight'] },
      }),
  },
  {
    name: 'msgpack',
    key: 'msgpack.port',
    open: (ledger, { limits, ...opening }, configuration) =>
      MessagePackServer.listen(ledger, {
        ...opening,
        limits: { ...limits, requestsMax: configuration['limits.inFlight'] },
      }),
  },
  {
    name: 'http',
    key: 'http.port',
    open: (ledger, { limits, ...opening }, configuration) =>
      HttpServer.listen(ledger, {
        ...opening,
        origins: configuration['http.origins'],
        limits: { ...limits, bodyMax: configuration['limits.bodyBytes'] },
      }),
  },
];

/** `tcp.port` is the port of `tcp://`, or of `tcps://`. */
function schemeOf(key: Door['key'], { certificates }: Security): string {
  const scheme = key.slice(0, key.indexOf('.'));
  return certificates === undefined ? scheme : `${scheme}s`;
}

/** Those that are open, the native one first. When one that was asked for cannot be opened, none stays open. */
export async function openDoors(loaded: Loaded, within: Within): Promise<OpenDoor[]> {
  const open: OpenDoor[] = [];
  try {
    for (const door of [...doors, undefined]) {
      const opened = await (door === undefined
        ? openLocalDoor(loaded.configuration, within)
        : openDoor(door, loaded, within));
      if (opened === undefined) continue;
      open.push(opened);
      within.observers.sources.doors.push(opened.counters);
      within.observers.log.info({ door: opened.counters.door, url: opened.url }, 'listening');
    }
    if (open.length === 0) throw new TallystickError('configuration_invalid', 'every door is closed');
    return open;
  } catch (error) {
    await Promise.all(open.map((door) => door.drain(0)));
    throw error;
  }
}

async function openDoor(
  door: Door,
  { configuration, origins }: Loaded,
  { lanes, pool, served, services, grpcServices, site, gate, budget, security, observers }: Within,
): Promise<OpenDoor | undefined> {
  const number = configuration[door.key];
  if (number === 'off') return undefined;
  const wanted = origins[door.key].from !== 'default';
  const { host } = configuration;
  try {
    const ledger = await observers.watched(lanes, door.name);
    const { certificates, authenticator, anybody } = security;
    const limits = {
      connectionsMax: configuration['limits.connections'],
      helloMs: configuration['limits.handshake'],
    };
    const opening: Opening = {
      host,
      port: number,
      limits,
      pool,
      served,
      gate,
      budget,
      certificates,
      authenticator,
      anybody,
      services,
      grpcServices,
      site,
    };
    const opened = await door.open(ledger, opening, configuration, observers.traces);
    const { address, counters } = opened;
    const url = urlOf(schemeOf(door.key, security), address.host, address.port);
    return { url, counters, drain: (ms) => opened.drain(ms) };
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (!wanted && door.key !== 'tcp.port') {
      observers.log.warn(
        { door: door.name, host, port: number },
        `the port is taken: the door stays closed; set ${door.key}`,
      );
      return undefined;
    }
    throw notListening(door.key, host, number, error);
  }
}

function notListening(key: KeyName, host: string, port: number, cause: unknown): TallystickError {
  return new TallystickError('not_listening', `${key}: ${host}:${port} is taken by somebody else`, { cause });
}

export function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
