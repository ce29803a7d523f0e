/** A machine with a server on it: the real engine, ingress and doors, on a simulated disk, network and clock. */
import type { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import {
  Ingress,
  type IngressOptions,
  type NativeLimits,
  NativeServer,
} from '../../packages/server/src/server/index.ts';
import { type Engine, type EngineSizes, openFolder, type Recovery } from '../../src/engine/index.ts';
import { type Port, TallystickError } from '../../src/model/index.ts';
import type { Owner } from '../../src/platform/index.ts';
import type { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import type { Random } from '../../testing/model/random.ts';
import { watchDeadlines } from '../checkers/deadlines.ts';
import { LaneWatch } from '../checkers/lanes.ts';
import type { SimulatedClock } from './clock.ts';
import { type DriverTaste, SimulatedDriver } from './driver.ts';
import type { History } from './history.ts';
import { SimulatedServer } from './listening.ts';
import type { Network } from './network.ts';
import { Life, type Scheduler } from './scheduler.ts';
import type { SimulatedSocket } from './socket.ts';
import type { Host } from './way.ts';

export const FOLDER = '/ledger';
export const PORT = 3000;

export interface ServerTaste {
  readonly sizes: EngineSizes;
  readonly driver: DriverTaste;
  readonly lanes: NonNullable<IngressOptions['lanes']>;
  readonly limits: Partial<NativeLimits>;
}

/** The servers' shared surroundings. */
export interface Ground {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly random: Random;
  readonly history: History;
  readonly taste: ServerTaste;
  /** The disk that both machines see. */
  storage: FaultyStorage;
  /** A write that was begun does not return, for as long as this holds. */
  hung: boolean;
  /** Nothing goes wrong any more. */
  calm: boolean;
  /** Between two looks at a server's engine. */
  watchMs: number;
  /** Processes that are thought to be alive. */
  readonly living: Set<string>;
  count(what: string): void;
  fail(error: unknown): void;
  /** Thrown by something that the disk may have stopped; what else it is, is a failure. */
  trouble(error: unknown): void;
  /** The power goes, in the middle of a write. */
  powerLost(): void;
}

/** A running server. */
export class ServerProcess {
  readonly life: Life;
  readonly host: Host;
  readonly ground: Ground;
  engine!: Engine;
  recovery!: Recovery;
  ingress!: Ingress;
  native!: NativeServer;
  /** For whoever asks without a network. */
  port!: Port;

  private constructor(ground: Ground, host: Host, life: Life) {
    this.ground = ground;
    this.host = host;
    this.life = life;
  }

  /** Opens the ledger and the door. Rejects with what opening throws; the process is dead then. */
  static async start(ground: Ground, host: Host, clock: SimulatedClock, number: number): Promise<ServerProcess> {
    const process = new ServerProcess(ground, host, new Life(`server ${number}`));
    ground.living.add(process.life.name);
    ground.scheduler.current = process.life;
    try {
      await process.#open(clock, number);
      return process;
    } catch (error) {
      process.kill();
      throw error;
    } finally {
      ground.scheduler.current = undefined;
    }
  }

  async #open(clock: SimulatedClock, number: number): Promise<void> {
    const { ground } = this;
    const { scheduler, random, taste, history } = ground;
    const owner: Owner = { pid: number, start: '', boot: '', namespace: '', host: this.host.name };
    const opened = await openFolder(FOLDER, {
      mode: 'inline',
      storage: ground.storage,
      sizes: taste.sizes,
      clock,
      slice: taste.driver.slice,
      writer: { owner, lives: (other) => (ground.living.has(`server ${other.pid}`) ? 'yes' : 'no') },
      driver: (...parts) =>
        new SimulatedDriver(
          {
            scheduler,
            random,
            taste: taste.driver,
            powerLost: () => ground.powerLost(),
            hung: () => ground.hung,
            calm: () => ground.calm,
          },
          ...parts,
        ),
    });
    this.engine = opened.engine;
    this.recovery = opened.recovery;
    const lanes = new LaneWatch(taste.lanes, (error) => ground.fail(error));
    const incarnation = history.opened(opened.engine.sequencer.op);
    this.ingress = new Ingress(history.watch(opened.engine, incarnation), { lanes: taste.lanes });
    const after = (milliseconds: number, act: () => void): unknown => scheduler.after(milliseconds, act, this.life);
    this.port = watchDeadlines(after, (error) => ground.fail(error))(lanes.before(this.ingress));
    this.native = await NativeServer.listen(() => ({ port: this.port }), {
      port: PORT,
      host: this.host.name,
      exposure: { tls: true, clientCertificates: true, tokens: true },
      served: {
        ledgerId: opened.ledgerId,
        get op() {
          return opened.engine.op;
        },
      },
      limits: taste.limits,
      read: (socket, receiver) => (socket as unknown as SimulatedSocket).readInto(receiver) as never,
      createServer: (_options, take) =>
        new SimulatedServer(ground.network, this.host, take as never) as EventEmitter as Server,
    });
    this.#watch();
  }

  /** Sees to it that it ends when its engine has failed. */
  #watch(): void {
    const { ground } = this;
    setTimeout(() => {
      const { failure } = this.engine;
      if (failure === undefined) {
        this.#watch();
        return;
      }
      ground.count(`ended by ${failure instanceof TallystickError ? failure.code : String(failure)}`);
      if (!(failure instanceof TallystickError) || failure.code === 'engine_failed') ground.fail(failure);
      void this.leave();
    }, ground.watchMs);
  }

  get running(): boolean {
    return !this.life.dead;
  }

  /** As `tallystick serve` ends on a signal, or when the engine has failed. */
  async leave(): Promise<void> {
    try {
      await this.native.drain();
      await this.ingress.close();
      await this.engine.close();
    } catch (error) {
      this.ground.trouble(error);
    }
    this.kill();
  }

  /** It is gone, and its kernel says so. */
  kill(): void {
    if (this.life.dead) return;
    this.life.dead = true;
    this.ground.living.delete(this.life.name);
    this.ground.network.ended(this.life);
  }
}
