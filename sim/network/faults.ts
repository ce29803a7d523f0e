/** The faults of a town: one after the other, of the kinds that its seed likes, each of which ends some time later. */
import { TallystickError } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';
import type { ClientProcess } from './clients.ts';
import { disturb } from './clock.ts';
import type { ServerProcess } from './server.ts';
import { CALM, type Fault, weather } from './taste.ts';
import type { SimulatedTown } from './town.ts';

/** Disks hang so often in one town at most. */
const HANGS_MAX = 3;
/** A server that cannot end by then is ended, as `tallystick serve` ends itself. */
const END_MS = 30_000;

export class Faults {
  readonly #town: SimulatedTown;
  /** Ends what goes on. */
  readonly #ends = new Set<() => void>();
  #over = false;
  #happened = 0;
  #hung = 0;

  constructor(town: SimulatedTown) {
    this.#town = town;
  }

  start(): void {
    const { taste, scheduler, random } = this.#town;
    if (taste.faults.length === 0 || taste.faultMs === Number.POSITIVE_INFINITY) return;
    scheduler.afterAll(-taste.faultMs * Math.log(1 - random.u32() / 2 ** 32), () => {
      if (this.#over || this.#happened++ >= taste.faultsMax) return;
      this.#happen(random.pick(taste.faults));
      this.start();
    });
  }

  /** In some towns the disk hangs now and then: a write that was begun returns seconds or minutes later. */
  hangs(): void {
    const { taste, diskRandom, scheduler } = this.#town;
    if (taste.faultMs === Number.POSITIVE_INFINITY || !diskRandom.chance(0.3)) return;
    const once = (): void => {
      scheduler.afterAll(-20 * taste.faultMs * Math.log(1 - diskRandom.u32() / 2 ** 32), () => {
        if (this.#over || this.#hung++ >= HANGS_MAX) return;
        this.#hang(diskRandom.below(diskRandom.pick([100, 5000, 150_000])));
        once();
      });
    };
    once();
  }

  #hang(milliseconds: number): void {
    const { ground } = this.#town;
    if (ground.hung) return;
    this.#town.count('disk hangs');
    ground.hung = true;
    this.#until(milliseconds, () => {
      ground.hung = false;
    });
  }

  /**
   * From now on everything works: what was paused goes on, what was cut is whole, what is thought dead and lives finds
   * out.
   */
  stop(): void {
    this.#over = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
    for (const clock of this.#town.clocks) clock.drift(1);
    this.#town.network.taste = CALM;
  }

  /** `end` is called in `milliseconds`, or when the faults are over. */
  #until(milliseconds: number, end: () => void): void {
    const once = (): void => {
      if (this.#ends.delete(once)) end();
    };
    this.#ends.add(once);
    this.#town.scheduler.afterAll(milliseconds, once);
  }

  /** Mostly short, sometimes for minutes. */
  #while(): number {
    const { random } = this.#town;
    return random.below(random.pick([10, 1000, 30_000, 400_000]));
  }

  #happen(fault: Fault): void {
    const town = this.#town;
    const { random, network, scheduler, server, clients, hosts, ground } = town;
    town.count(fault);
    const client = random.pick([undefined, ...clients]);
    switch (fault) {
      case 'kill':
        server?.kill();
        return;
      case 'power':
        town.powerLost();
        return;
      case 'power while writing':
        ground.storage.failAfter(random.below(20_000), 'power');
        return;
      case 'disk full':
        ground.storage.failAfter(random.below(20_000), 'disk_full');
        return;
      case 'pause':
        if (server !== undefined) this.#pause(server);
        return;
      case 'takeover':
        if (server?.running === true && !server.life.paused) this.#takeOver(server);
        return;
      case 'restart':
        if (server?.running === true && !server.life.paused) this.#restart(server);
        return;
      case 'second process':
        if (server?.running === true && ground.living.has(server.life.name)) void this.#second();
        return;
      case 'partition': {
        const from = client === undefined ? random.pick(hosts) : client.host;
        const others = client === undefined ? [...clients].map(({ host }) => host) : hosts;
        const oneWay = random.chance(0.3);
        for (const to of others) {
          network.cut(from.name, to.name);
          if (!oneWay) network.cut(to.name, from.name);
        }
        this.#until(this.#while(), () => network.heal());
        return;
      }
      case 'reset':
        if (network.connections.size > 0) random.pick([...network.connections]).reset();
        return;
      case 'forgotten connection':
        if (network.connections.size > 0) random.pick([...network.connections]).forget();
        return;
      case 'weather':
        network.taste = weather(random);
        return;
      case 'clock':
        town.count(disturb(random.pick(town.clocks), random));
        return;
      case 'client kill':
        this.#lose(client, () => network.ended(client!.life));
        return;
      case 'client vanishes':
        this.#lose(client, () => {
          network.vanish(client!.host);
          if (random.chance(0.5)) scheduler.afterAll(this.#while(), () => network.appear(client!.host));
        });
        return;
      case 'client pause':
        if (client === undefined || client.life.paused) return;
        client.life.paused = true;
        this.#until(this.#while(), () => scheduler.resume(client.life));
        return;
      case 'client leaves':
        if (client === undefined || client.life.paused) return;
        clients.delete(client);
        void client.close();
        this.#newcomer();
    }
  }

  #pause({ life }: ServerProcess): void {
    const { scheduler } = this.#town;
    if (life.paused) return;
    life.paused = true;
    this.#until(this.#while(), () => scheduler.resume(life));
  }

  /** It stands still, is thought dead, and another one takes its place; then it goes on. */
  #takeOver(server: ServerProcess): void {
    const town = this.#town;
    const { scheduler, random, ground } = town;
    server.life.paused = true;
    ground.living.delete(server.life.name);
    town.server = undefined;
    if (random.chance(0.7)) scheduler.afterAll(random.below(100), () => town.serve());
    this.#until(random.below(random.pick([100, 5000, 30_000])), () => {
      scheduler.resume(server.life);
      // Some are asked to end before they have found out.
      if (random.chance(0.3)) this.#restart(server);
    });
  }

  #restart(server: ServerProcess): void {
    const { scheduler } = this.#town;
    scheduler.current = server.life;
    void server.leave();
    scheduler.current = undefined;
    if (this.#town.ground.hung) scheduler.afterAll(END_MS, () => server.kill());
  }

  async #second(): Promise<void> {
    const town = this.#town;
    try {
      await town.startServer(town.random.below(2));
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'locked') return;
      town.ground.trouble(error);
      return;
    }
    town.ground.fail(new Broken('fence', 'a ledger was opened that another process has open'));
  }

  #lose(client: ClientProcess | undefined, how: () => void): void {
    if (client === undefined) return;
    client.kill();
    this.#town.clients.delete(client);
    how();
    this.#newcomer();
  }

  #newcomer(): void {
    const { scheduler, random } = this.#town;
    scheduler.afterAll(random.below(2000), () => this.#town.addClient());
  }
}
