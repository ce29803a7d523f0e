/**
 * Which doors are opened, where, and what guards them: the same at each. A port that was not asked for and is taken stays closed; one that was asked for must
 * be had. The native door must always be had.
 */
import { DoorCounters } from 'tallystick/internal/base';
import { type Port, TallystickError } from 'tallystick/internal/model';
import type { Configuration, KeyName, Loaded } from '../config/index.ts';
import { type Access, accessOf, askerOf, exposureOf } from '../identity/index.ts';
import {
  type Admit,
  type Budget,
  type DoorAddress,
  type Gate,
  GrpcServer,
  HttpServer,
  type HttpService,
  MessagePackServer,
  NativeServer,
  overTls,
  type Pool,
  type Served,
} from '../server/index.ts';
import { openLocalDoor } from './local-door.ts';
import { isTaken } from './observers.ts';
import type { OpenDoor, Within } from './open-door.ts';
import type { Security } from './security.ts';

/** What a door is opened with. */
interface Opening {
  readonly port: Port;
  readonly pool: Pool;
  readonly host: string;
  readonly number: number;
  readonly served: Served;
  readonly services: readonly HttpService[];
  readonly gate: Gate;
  readonly budget: Budget;
  readonly security: Security;
  readonly configuration: Configuration;
  /** Whether the port makes spans. */
  readonly traces: boolean;
}

/** A door that listens: all four are alike. */
interface Listening extends Omit<OpenDoor, 'url'> {
  readonly address: DoorAddress;
}

interface Door {
  readonly name: string;
  readonly key: 'tcp.port' | 'grpc.port' | 'msgpack.port' | 'http.port';
  open(opening: Opening): Promise<Listening>;
}

const doors: readonly Door[] = [
  {
    name: 'native',
    key: 'tcp.port',
    async open({ port, pool, host, number, served, gate, budget, security, configuration, traces }) {
      const counters = new DoorCounters('native');
      const { authenticator, anybody, certificates } = security;
      const known = async (...[token, socket]: Parameters<Admit>): Promise<Access> => {
        const asker = askerOf('native', socket);
        if (authenticator === undefined) return { port: anybody?.(asker)(port) ?? port };
        return accessOf(port, await authenticator.authenticate(token, asker));
      };
      const server = await NativeServer.listen(known, {
        port: number,
        host,
        counters,
        pool,
        gate,
        budget,
        exposure: exposureOf(security),
        ...(certificates === undefined ? {} : overTls(certificates, configuration['limits.handshake'])),
        cluster: configuration['cluster.id'],
        served,
        traces,
        limits: {
          connectionsMax: configuration['limits.connections'],
          helloMs: configuration['limits.handshake'],
        },
      });
      return { address: server.address, counters, drain: (ms) => server.drain(ms) };
    },
  },
  {
    name: 'grpc',
    key: 'grpc.port',
    async open({ port, pool, host, number, served, gate, budget, security, configuration }) {
      const { authenticator, anybody, certificates } = security;
      return GrpcServer.listen(port, {
        port: number,
        host,
        pool,
        served,
        gate,
        budget,
        limits: {
          connectionsMax: configuration['limits.connections'],
          requestsMax: configuration['limits.inFlight'],
          helloMs: configuration['limits.handshake'],
        },
        ...(certificates === undefined ? {} : { certificates }),
        ...(authenticator === undefined ? { anybody } : { authenticator }),
      });
    },
  },
  {
    name: 'msgpack',
    key: 'msgpack.port',
    async open({ port, pool, host, number, served, gate, budget, security, configuration }) {
      const { authenticator, anybody, certificates } = security;
      return MessagePackServer.listen(port, {
        port: number,
        host,
        pool,
        served,
        gate,
        budget,
        connectionsMax: configuration['limits.connections'],
        inFlightMax: configuration['limits.inFlight'],
        helloMs: configuration['limits.handshake'],
        ...(certificates === undefined ? {} : { certificates }),
        ...(authenticator === undefined ? { anybody } : { authenticator }),
      });
    },
  },
  {
    name: 'http',
    key: 'http.port',
    async open({ port, host, number, served, services, gate, budget, security, configuration }) {
      const { authenticator, anybody, certificates } = security;
      return HttpServer.listen(port, {
        port: number,
        host,
        served,
        services,
        gate,
        budget,
        connectionsMax: configuration['limits.connections'],
        bodyMax: configuration['limits.bodyBytes'],
        headersTimeoutMs: configuration['limits.handshake'],
        ...(certificates === undefined ? {} : { certificates }),
        ...(authenticator === undefined ? { anybody } : { authenticator }),
      });
    },
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
  { lanes, pool, served, services, gate, budget, security, observers }: Within,
): Promise<OpenDoor | undefined> {
  const number = configuration[door.key];
  if (number === 'off') return undefined;
  const wanted = origins[door.key].from !== 'default';
  const { host } = configuration;
  try {
    const port = await observers.watched(lanes, door.name);
    const { traces } = observers;
    const opening = { port, pool, host, number, served, services, gate, budget, security, configuration, traces };
    const opened = await door.open(opening);
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
