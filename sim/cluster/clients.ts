/**
 * Clients of a simulated cluster: each asks one node after the other until it is answered, with the same ids or in the
 * same session, and remembers what it was told.
 */
import {
  Cells,
  type Context,
  encodeTransfers,
  isJournalled,
  Operation,
  TallystickError,
} from '../../src/model/index.ts';
import type { Random } from '../../testing/model/random.ts';
import { encodeIds } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';
import { accounts, type Wishes } from '../shards/clients.ts';
import type { Ground, Machine } from './node.ts';

/** What a node may answer that nothing is wrong with. */
const EXPECTED: ReadonlySet<string> = new Set([
  'not_leader',
  'connection_lost',
  'closed',
  'unreachable',
  'deadline_exceeded',
  'cluster_damaged',
  'cluster_invalid',
  'disk_full',
  'fence_lost',
]);
const PATIENCE_MS = [500, 2000, 8000] as const;

interface Question {
  readonly operation: Operation;
  readonly events: Uint8Array;
  readonly count: number;
  readonly stale: boolean;
}

interface Answer {
  readonly reply: Uint8Array;
  readonly op: number;
  /** A node said so whose memory was damaged. */
  readonly flipped: boolean;
}

/** What all clients share. */
export interface People {
  readonly ground: Ground;
  readonly machines: readonly Machine[];
  readonly wishes: Wishes;
  /** Nothing new is asked. */
  over: boolean;
  answered(): void;
}

export class Client {
  readonly name: string;
  readonly #people: People;
  readonly #random: Random;
  readonly #session: string | undefined;
  #requests = 0;
  #node = 0;
  /** It waits for an answer. */
  waits = false;

  constructor(name: string, people: People, random: Random) {
    this.name = name;
    this.#people = people;
    this.#random = random;
    const hasSession = random.chance(people.ground.taste.sessions);
    this.#session = hasSession ? name.padEnd(16, '.') : undefined;
    this.#node = random.below(people.machines.length);
  }

  start(): void {
    const { ground } = this.#people;
    ground.scheduler.afterAll(-ground.taste.thinkMs * Math.log(1 - this.#random.u32() / 2 ** 32), () => {
      if (this.#people.over) return;
      void this.ask(this.#draw()).then(
        () => {
          this.#people.answered();
          this.start();
        },
        (error: unknown) => ground.fail(error),
      );
    });
  }

  #draw(): Question {
    const random = this.#random;
    if (!random.chance(this.#people.ground.taste.reads)) {
      const { events } = this.#people.wishes.draw();
      return question(Operation.create_transfers, events.length, (cells) => encodeTransfers(cells, 0, events));
    }
    const stale = random.chance(0.4);
    if (random.chance(0.5)) return { ...lookupAll(), stale };
    const ids = Array.from({ length: 5 }, () => BigInt(1000 + random.below(400)));
    return { operation: Operation.lookup_transfers, events: encodeIds(ids), count: ids.length, stale };
  }

  /** Asks until it is answered. */
  async ask(asked: Question): Promise<void> {
    const { ground } = this.#people;
    const { judge } = ground;
    const creates = isJournalled(asked.operation);
    const since = judge.heard;
    const from = asked.stale ? undefined : since;
    if (creates) this.#requests++;
    this.waits = true;
    for (let attempt = 0; ; attempt++) {
      const machine = this.#people.machines[this.#node]!;
      const answer = await this.#attempt(machine, asked, this.#context(asked, creates, attempt > 0, since));
      if (answer instanceof TallystickError) {
        ground.count(`heard ${answer.code}`);
        if (!EXPECTED.has(answer.code))
          throw new Broken('errors', `${this.name} heard ${answer.code}: ${answer.message}`);
      } else if (answer !== undefined) {
        const said = { who: this.name, operation: asked.operation, events: asked.events, reply: answer.reply };
        if (!answer.flipped) judge.told(said, answer.op, from, creates);
        break;
      }
      if (ground.scheduler.failure !== undefined) return;
      this.#node = this.#random.below(this.#people.machines.length);
      await new Promise<void>((resolve) => ground.scheduler.afterAll(this.#random.between(1, 200), resolve));
    }
    this.waits = false;
  }

  #context({ stale }: Question, creates: boolean, again: boolean, since: number): Context {
    if (!creates) return stale ? { consistency: 'stale' } : {};
    if (this.#session === undefined) return {};
    return {
      once: {
        session: this.#session,
        request: this.#requests,
        checksum: this.#requests,
        answered: this.#requests - 1,
        again: again && { since },
      },
    };
  }

  /** Undefined: nobody has answered in time. */
  #attempt(machine: Machine, asked: Question, context: Context): Promise<Answer | TallystickError | undefined> {
    const { scheduler, ways, fail } = this.#people.ground;
    return new Promise((resolve) => {
      const patience = this.#random.pick(PATIENCE_MS);
      scheduler.afterAll(patience, () => resolve(undefined));
      const back = (answer: Answer | TallystickError): void => ways.once(undefined, () => resolve(answer));
      ways.once(undefined, () => {
        const { process } = machine;
        if (process?.port === undefined) {
          back(new TallystickError('unreachable'));
          return;
        }
        const { port, life } = process;
        scheduler.enter(life, () => {
          const { operation, count, events } = asked;
          port
            .request({
              operation,
              count,
              write: ({ bytes }, at) => bytes.set(events, at),
              read: ({ bytes }, at, size, op) => ({
                reply: bytes.slice(at, at + size),
                op: op ?? 0,
                flipped: process.flipped,
              }),
              context,
            })
            .then(
              (answer) => {
                if (!life.dead) back(answer);
              },
              (error: unknown) => {
                if (life.dead) return;
                if (error instanceof TallystickError) back(error);
                else fail(error);
              },
            );
        });
      });
    });
  }
}

export function question(operation: Operation, count: number, write: (cells: Cells) => void): Question {
  const cells = Cells.of(count * 128);
  write(cells);
  return { operation, count, events: cells.bytes, stale: false };
}

/** All accounts, as they are. */
export function lookupAll(): Question {
  const ids = accounts().map(({ id }) => id);
  return { operation: Operation.lookup_accounts, events: encodeIds(ids), count: ids.length, stale: false };
}
