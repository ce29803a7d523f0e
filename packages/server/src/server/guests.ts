/**
 * The connections of a listening server, admitted one by one. Entered as soon as they are accepted, before a byte is
 * read or a handshake begun; found again by address and port, because a TLS socket is another object than the one that
 * was accepted.
 */
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Admission, admissionLimits, type DoorCounters, type Guest } from 'tallystick/internal/base';
import type { Exposure } from '../identity/index.ts';
import type { DoorShare, Gate } from './door.ts';
import type { Meter } from './meter.ts';

export const GATE_DEFAULTS = { strangersMax: 512, strangerMs: 30_000 };
/** Connections above the limit that may be on their way out. */
const LEAVING_MAX = 64;
const SWEEP_MS = 1000;
/** A handshake holds so many bytes of keys and buffers until it is over; then the connection's own limits count. */
const HANDSHAKE_SIZE = 64 * 1024;

export interface GuestsOptions {
  readonly gate: Gate | undefined;
  readonly connectionsMax: number;
  readonly counters: DoorCounters | undefined;
  /**
   * The moment at which a caller is known: at once at an open door, after the handshake (with a certificate, if the
   * door wants one), or with its token.
   */
  readonly knownBy: 'connecting' | 'handshake' | 'token';
  /** A door with TLS charges it with handshakes that go on. */
  readonly handshakes?: Meter | undefined;
  /** The door itself turns away connections without room. */
  readonly turnsAway?: boolean;
}

/** How a door with such guards takes its guests in. */
export function welcoming(
  { tls, tokens }: Pick<Exposure, 'tls' | 'tokens'>,
  { gate, budget }: Pick<DoorShare, 'gate' | 'budget'>,
): Pick<GuestsOptions, 'gate' | 'knownBy' | 'handshakes'> {
  const handshakes = tls ? budget : undefined;
  if (tokens) return { gate, handshakes, knownBy: 'token' };
  return { gate, handshakes, knownBy: tls ? 'handshake' : 'connecting' };
}

export class Guests {
  readonly admission: Admission;
  readonly #options: GuestsOptions;
  readonly #guests = new WeakMap<object, Guest>();
  /** Guests by address and port: Node makes a TLS socket over the one that was accepted. */
  readonly #places = new Map<string, Guest>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(server: Server, options: GuestsOptions) {
    const { gate, connectionsMax } = options;
    const { strangersMax = GATE_DEFAULTS.strangersMax, strangerMs = GATE_DEFAULTS.strangerMs } = gate ?? {};
    this.#options = options;
    this.admission = new Admission(admissionLimits(connectionsMax, strangersMax, strangerMs), gate?.house);
    server.maxConnections = connectionsMax + LEAVING_MAX;
    server.prependListener('connection', (socket: Socket) => this.#enter(socket));
    if (options.handshakes !== undefined) this.#charge(server, options.handshakes);
    if (options.knownBy === 'handshake') {
      server.prependListener('secureConnection', (socket: TLSSocket) => this.of(socket)?.known());
    }
    const every = Math.min(SWEEP_MS, Math.ceil(strangerMs / 4));
    this.#sweeping = setInterval(() => this.admission.sweep(performance.now(), Date.now()), every).unref();
    server.once('close', () => clearInterval(this.#sweeping));
  }

  /** From the first byte to the end of the handshake, or of the connection. */
  #charge(server: Server, budget: Meter): void {
    const open = new Set<string>();
    const over = (place: string): void => {
      if (open.delete(place)) budget.give(HANDSHAKE_SIZE);
    };
    server.prependListener('connection', (socket: Socket) => {
      const place = placeOf(socket);
      if (!open.has(place)) budget.charge(HANDSHAKE_SIZE);
      open.add(place);
      socket.once('close', () => over(place));
    });
    server.prependListener('secureConnection', (socket: TLSSocket) => over(placeOf(socket)));
  }

  #enter(socket: Socket): void {
    const { knownBy: by, turnsAway, counters } = this.#options;
    const guest = this.admission.enter(socket.remoteAddress, performance.now(), () => socket.destroy());
    if (guest === undefined) {
      counters?.refuse('too_many_connections');
      // Not at once: others listen for the same event, and a socket that is destroyed has lost its handle.
      if (turnsAway !== true) process.nextTick(() => socket.destroy());
      return;
    }
    if (by === 'connecting') guest.known();
    this.#guests.set(socket, guest);
    const place = placeOf(socket);
    if (by !== 'connecting') this.#places.set(place, guest);
    socket.once('close', () => {
      guest.leave();
      if (this.#places.get(place) === guest) this.#places.delete(place);
    });
  }

  /** Undefined for one that found no room, or has gone. */
  of(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): Guest | undefined {
    return this.#guests.get(socket) ?? this.#places.get(placeOf(socket));
  }
}

function placeOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
