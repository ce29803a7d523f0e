/**
 * Decides which callers may hold a connection. A caller is a stranger until its first request with a valid credential.
 * Strangers get a share of a door's connections, and each address a share of theirs; whatever they do, the other
 * connections are kept for known callers. Strangers never keep a newcomer out: when their share is used up, the oldest
 * stranger of the address that holds most of it goes. One that the door has not begun to read keeps its place in the
 * queue: if all of them wait, the last one goes, or a crowd that is faster than the door would let nobody be heard.
 * Pure: time is handed in, in milliseconds.
 *
 *   connection ──enter──> stranger ──known──> known caller
 *                            │ too old, or its place is needed
 *                            └──────────> ended
 */
import { assert } from './assert.ts';

export interface AdmissionLimits {
  /** Connections, all together. */
  readonly connectionsMax: number;
  /** Strangers' connections among them. */
  readonly strangersMax: number;
  /** Strangers' connections from one address. */
  readonly peerMax: number;
  /** From connecting to the first request that shows who asks. */
  readonly strangerMs: number;
}

/** Strangers get a quarter of a small door, and one address half of that. */
export function admissionLimits(connectionsMax: number, strangersMax: number, strangerMs: number): AdmissionLimits {
  const strangers = Math.max(1, Math.min(strangersMax, Math.ceil(connectionsMax / 4)));
  return { connectionsMax, strangersMax: strangers, peerMax: Math.ceil(strangers / 2), strangerMs };
}

/** One connection. */
export class Guest {
  readonly peer: string;
  readonly #admission: Admission;
  /** Ends the connection; a new owner of the socket may replace it. */
  end: () => void;
  /** When it became a stranger. */
  since: number;
  /** The door has not begun to read from it. */
  waits = false;
  /** When the credential of its caller expires, in milliseconds since the epoch; undefined: it is a stranger. */
  believedUntil: number | undefined;

  constructor(admission: Admission, peer: string, since: number, end: () => void) {
    this.#admission = admission;
    this.peer = peer;
    this.since = since;
    this.end = end;
  }

  get isStranger(): boolean {
    return this.believedUntil === undefined;
  }

  /** The caller has shown who it is. */
  known(until: number = Number.POSITIVE_INFINITY): void {
    this.#admission.know(this, until);
  }

  /** The connection is over. */
  leave(): void {
    this.#admission.leave(this);
  }
}

/** The connections of one door. */
export class Admission {
  readonly limits: AdmissionLimits;
  readonly #house: House | undefined;
  readonly #guests = new Set<Guest>();
  /** Strangers by address, the oldest first. */
  readonly #strangers = new Map<string, Set<Guest>>();
  #strangersCount = 0;

  /** `house`: what all doors together may hold. */
  constructor(limits: AdmissionLimits, house?: House) {
    this.limits = limits;
    this.#house = house;
    house?.doors.push(this);
  }

  get connections(): number {
    return this.#guests.size;
  }

  get strangers(): number {
    return this.#strangersCount;
  }

  /** Takes a new connection in, as a stranger. Undefined: known callers hold every place. */
  enter(address: string | undefined, now: number, end: () => void): Guest | undefined {
    const { connectionsMax, strangersMax, peerMax } = this.limits;
    const peer = peerOf(address);
    const others = this.#strangers.get(peer);
    if (others !== undefined && others.size >= peerMax) this.#dismiss(others);
    if (this.#strangersCount >= strangersMax) this.dismissOne();
    if (this.#guests.size >= connectionsMax && !this.dismissOne()) return undefined;
    if (this.#house?.hasRoom() === false) return undefined;
    const guest = new Guest(this, peer, now, end);
    this.#guests.add(guest);
    this.#addStranger(guest);
    return guest;
  }

  /** Ends a stranger of the address with most of them; false if there are no strangers. */
  dismissOne(): boolean {
    let most: Set<Guest> | undefined;
    for (const guests of this.#strangers.values()) if (guests.size > (most?.size ?? 0)) most = guests;
    if (most === undefined) return false;
    this.#dismiss(most);
    return true;
  }

  #dismiss(strangers: Set<Guest>): void {
    let [leaving] = strangers;
    if (leaving?.waits === true) for (leaving of strangers);
    assert(leaving !== undefined, 'an address without strangers is forgotten');
    this.leave(leaving);
    leaving.end();
  }

  #addStranger(guest: Guest): void {
    const others = this.#strangers.get(guest.peer);
    if (others === undefined) this.#strangers.set(guest.peer, new Set([guest]));
    else others.add(guest);
    this.#strangersCount++;
  }

  #removeStranger(guest: Guest): void {
    const others = this.#strangers.get(guest.peer);
    if (others?.delete(guest) !== true) return;
    if (others.size === 0) this.#strangers.delete(guest.peer);
    this.#strangersCount--;
  }

  know(guest: Guest, until: number): void {
    if (!this.#guests.has(guest)) return;
    if (guest.isStranger) this.#removeStranger(guest);
    guest.believedUntil = Math.max(until, guest.believedUntil ?? 0);
  }

  leave(guest: Guest): void {
    if (!this.#guests.delete(guest)) return;
    this.#removeStranger(guest);
  }

  /**
   * Ends strangers whose time is over, and makes strangers of callers who are not believed any more. To be called every
   * now and then.
   */
  sweep(now: number, epochNow: number): void {
    for (const guest of this.#guests) {
      if (guest.isStranger) {
        if (now - guest.since < this.limits.strangerMs) continue;
        this.leave(guest);
        guest.end();
      } else if (epochNow >= guest.believedUntil!) {
        guest.believedUntil = undefined;
        guest.since = now;
        this.#addStranger(guest);
      }
    }
  }
}

/** The connections of all doors of one process: as many as there are file descriptors for. */
export class House {
  readonly doors: Admission[] = [];
  readonly connectionsMax: number;

  constructor(connectionsMax: number) {
    this.connectionsMax = connectionsMax;
  }

  get connections(): number {
    return this.doors.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Whether one more may come; a stranger of the door with most of them makes room if there is none. */
  hasRoom(): boolean {
    if (this.connections < this.connectionsMax) return true;
    const crowded = this.doors.toSorted((one, other) => other.strangers - one.strangers)[0];
    return crowded?.dismissOne() === true;
  }
}

/** The network that an address counts for: the owner of one IPv6 address has 2^64 of them. */
export function peerOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const text = address.split('%')[0]!;
  if (!text.includes(':')) return text;
  const [head, tail] = text.split('::');
  const groups = (part: string | undefined): string[] => (part === undefined || part === '' ? [] : part.split(':'));
  const first = groups(head);
  const last = groups(tail);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const whole = [...first, ...Array.from({ length: missing }, () => '0'), ...last];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
