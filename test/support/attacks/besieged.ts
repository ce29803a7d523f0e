/** A served ledger under attack: whether those whom it knows are answered, and what it holds. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../../src/model/index.ts';
import { temporaryFolder } from '../access.ts';
import { type Access, HttpPeer } from '../door-clients.ts';
import { TOKEN } from '../door-servers.ts';
import { type DoorName, enter, ServedDoors } from '../served-doors.ts';
import { ACCOUNTS, type Column } from './columns.ts';

const MIB = 2 ** 20;
const doors = ['native', 'unix', 'grpc', 'msgpack', 'http'] as const;

const CONNECTIONS = 64;
const MEMORY = 32 * MIB;
/** Small enough to be reached by a few. */
const LIMITS = [
  ['connections', CONNECTIONS],
  ['strangers', 16],
  ['stranger-time', '8s'],
  ['handshake', '4s'],
  ['memory', MEMORY],
].flatMap(([name, value]) => [`--limits-${name}`, String(value)]);
/**
 * A quiet machine answers in milliseconds. Where readers have used up the memory for all, the slower half of them is
 * told apart within about four seconds, and whoever comes meanwhile waits as long.
 */
const IN_TIME_MS = 10_000;
/** Each reader may have been given one request more than fits. */
const BYTES_MAX = MEMORY + 32 * MIB;
const RESIDENT_MAX = 384 * MIB;
/** Connections on their way out, and what the server opens by itself. */
const FILES_MORE = 96;

interface Held {
  /** Connections, by door. */
  readonly connections: ReadonlyMap<string, number>;
  /** Bytes for clients. */
  readonly bytes: number;
  /** Open descriptors, and resident bytes; 0 where the system does not tell. */
  readonly files: number;
  readonly resident: number;
}

export class Besieged {
  readonly server: ServedDoors;
  readonly #access: Access;
  readonly #folder: string;
  /** Callers who came before the attack. */
  readonly #known = new Map<Column, Ledger>();
  #rest: Held | undefined;

  private constructor(server: ServedDoors, access: Access, folder: string) {
    this.server = server;
    this.#access = access;
    this.#folder = folder;
  }

  /** `args`: besides a token and limits. */
  static async start(args: readonly string[] = [], more: Access = {}): Promise<Besieged> {
    const folder = temporaryFolder();
    const all = ['--tokens-static', TOKEN, '--socket', join(folder, 'socket'), ...LIMITS, ...args];
    const besieged = new Besieged(await ServedDoors.start(':memory:', all), { token: TOKEN, ...more }, folder);
    await besieged.#settle();
    return besieged;
  }

  async #settle(): Promise<void> {
    for (const door of doors) this.#known.set(door, await this.#enter(door));
    await this.#known
      .get('native')!
      .createAccounts(Array.from({ length: ACCOUNTS }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1 })));
    await this.round();
    this.#rest = await this.held();
  }

  url(column: Column): string {
    return this.server.urls[column];
  }

  #enter(door: (typeof doors)[number]): Promise<Ledger> {
    const name: DoorName = door === 'unix' ? 'native' : door;
    return enter(name, this.url(door), door === 'unix' ? {} : this.#access);
  }

  /** A caller who has been there and one who comes, at every door, and the probes, are answered in time. */
  async round(): Promise<void> {
    const ask = async (ledger: Ledger): Promise<void> => {
      assert.equal((await ledger.lookupAccounts([7n])).length, 1);
    };
    await Promise.all([
      ...doors.map((door) => inTime(`a known caller at ${door}`, () => ask(this.#known.get(door)!))),
      ...doors.map((door) =>
        inTime(`a newcomer at ${door}`, async () => {
          const ledger = await this.#enter(door);
          await ask(ledger);
          await ledger.close();
        }),
      ),
      ...['/live', '/ready'].map((path) => inTime(path, () => this.#probe(path))),
    ]);
  }

  async #probe(path: string): Promise<void> {
    const peer = new HttpPeer(this.url('metrics'), this.#access);
    assert.equal((await peer.ask(path)).status, 200);
    peer.close();
  }

  async held(): Promise<Held> {
    // Not over a kept connection: the server ends one that was idle for a while, and this may come just then.
    const peer = new HttpPeer(this.url('metrics'), this.#access);
    const { text } = await peer.ask('/metrics');
    peer.close();
    const connections = new Map(
      [...text.matchAll(/^tallystick_door_connections\{door="(\w+)"\} (\d+)$/gm)].map(
        ([, door, count]) => [door!, Number(count)] as const,
      ),
    );
    const bytes = Number(/^tallystick_client_bytes (\d+)$/m.exec(text)![1]);
    if (process.platform !== 'linux') return { connections, bytes, files: 0, resident: 0 };
    const process_ = `/proc/${this.server.child.pid}`;
    const resident = Number(readFileSync(`${process_}/statm`, 'utf8').split(' ')[1]) * 4096;
    return { connections, bytes, files: readdirSync(`${process_}/fd`).length, resident };
  }

  /** What it holds while it is attacked is within its limits. */
  async check(): Promise<void> {
    const { connections, bytes, files, resident } = await this.held();
    const rest = this.#rest!;
    for (const [door, count] of connections) assert.ok(count <= CONNECTIONS, `${door}: ${count} connections`);
    assert.ok(bytes <= BYTES_MAX, `${bytes} bytes for clients`);
    assert.ok(files <= rest.files + CONNECTIONS + FILES_MORE, `${rest.files} open files became ${files}`);
    const grown = resident - rest.resident;
    assert.ok(grown < RESIDENT_MAX, `${Math.round(grown / MIB)} MiB more than before`);
  }

  /** Waits until it holds no more than before. */
  async released(): Promise<void> {
    const rest = this.#rest!;
    for (const deadline = performance.now() + 20_000; ; await sleep(20)) {
      const now = await this.held();
      const stays = [...now.connections].filter(([door, count]) => count > rest.connections.get(door)!);
      if (now.bytes <= rest.bytes && now.files <= rest.files && stays.length === 0) return;
      const held = `${now.bytes} bytes, ${now.files} open files, ${stays.join('; ')}`;
      assert.ok(performance.now() < deadline, `not released: ${held}`);
    }
  }

  async end(): Promise<void> {
    for (const ledger of this.#known.values()) await ledger.close();
    assert.equal(await this.server.end(), 0);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function inTime(who: string, act: () => Promise<void>): Promise<void> {
  const late = new AbortController();
  const done = act().catch((cause: Error) => {
    throw new Error(`${who}: ${cause.message}`, { cause });
  });
  const timer = sleep(IN_TIME_MS, undefined, { signal: late.signal }).then(
    () => {
      throw new Error(`${who} waits for more than ${IN_TIME_MS} ms`);
    },
    () => {},
  );
  await Promise.race([done, timer]);
  late.abort();
}
