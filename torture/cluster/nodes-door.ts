/**
 * One door of all nodes: a call goes to one node after the other until it is answered, with the same ids. Clients of
 * the native door and of gRPC do that by themselves; to HTTP and MessagePack it is done here, as their guides say.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../src/index.ts';
import { type Door, httpDoor, ledgerDoor, messagePackDoor } from '../doors.ts';
import type { DoorName } from './group.ts';

const PATIENCE_MS = 60_000;
const AGAIN_MS = 30;
/** A node that was stopped does not answer, and nobody waits longer for it than that. */
const ANSWER_MS = 2000;

export class NodesDoor {
  readonly name: DoorName;
  readonly #open: (() => Promise<Door>)[];
  #door: Promise<Door> | undefined;
  #next = 0;
  #ended = false;

  private constructor(name: DoorName, open: (() => Promise<Door>)[]) {
    this.name = name;
    this.#open = open;
  }

  static of(name: DoorName, addresses: readonly string[]): NodesDoor {
    if (name === 'http')
      return new NodesDoor(
        name,
        addresses.map((address) => () => httpDoor(address)),
      );
    if (name === 'msgpack')
      return new NodesDoor(
        name,
        addresses.map((address) => () => messagePackDoor(address)),
      );
    const all = async (): Promise<Door> =>
      ledgerDoor(name, await connect(addresses, { retry: true, reconnectTimeoutMs: PATIENCE_MS }));
    return new NodesDoor(name, [all]);
  }

  /** Undefined: nobody has answered, and the door was ended meanwhile. */
  async ask<T>(act: (door: Door) => Promise<T>): Promise<T | undefined> {
    while (!this.#ended) {
      const opening = this.#door ?? this.#open[this.#next++ % this.#open.length]!();
      this.#door = opening;
      try {
        return await inTime(opening.then(act), this.#open.length > 1 ? ANSWER_MS : 2 * PATIENCE_MS);
      } catch {
        if (this.#door === opening) this.#leave(opening);
        await pause(AGAIN_MS);
      }
    }
    return undefined;
  }

  #leave(opening: Promise<Door>): void {
    this.#door = undefined;
    opening.then((door) => door.close()).catch(() => undefined);
  }

  /** Asks no more. */
  async end(): Promise<void> {
    this.#ended = true;
    const door = this.#door;
    if (door !== undefined) await door.then((open) => open.close()).catch(() => undefined);
  }
}

function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no answer')), milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
