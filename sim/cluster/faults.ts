/** The faults of a simulated cluster: one after the other, of the kinds that its seed likes. */
import { readEntry } from '../../packages/cluster/src/record.ts';
import { disturb } from '../network/clock.ts';
import type { Machine } from './node.ts';
import type { SimulatedServer } from './servers.ts';
import { CALM, type Fault, weather } from './taste.ts';
import type { ClusterWorld } from './world.ts';

/** Batches of the order before it may lose its tail, and how many of its last messages it loses at most. */
const TAIL_FROM = 30;
const TAIL_MAX = 6;

function opBehind(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : readEntry(bytes).op;
}

export class ClusterFaults {
  readonly #world: ClusterWorld;
  /** Ends what goes on. */
  readonly #ends = new Set<() => void>();
  #over = false;
  #happened = 0;

  constructor(world: ClusterWorld) {
    this.#world = world;
  }

  start(): void {
    const { taste, scheduler, random } = this.#world;
    if (taste.faults.length === 0) return;
    scheduler.afterAll(-taste.faultMs * Math.log(1 - random.u32() / 2 ** 32), () => {
      if (this.#over || this.#happened >= taste.faultsMax) return;
      this.#happen(random.pick(taste.faults));
      this.start();
    });
  }

  /** From now on everything works: what was paused goes on, what was cut off is back. */
  stop(): void {
    this.#over = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
    for (const { clock } of this.#world.machines) clock.drift(1);
    this.#world.ways.taste = CALM;
  }

  #until(milliseconds: number, end: () => void): void {
    const once = (): void => {
      if (this.#ends.delete(once)) end();
    };
    this.#ends.add(once);
    this.#world.scheduler.afterAll(milliseconds, once);
  }

  /** Mostly short, sometimes longer than a lease, sometimes for a minute. */
  #while(): number {
    const { random } = this.#world;
    return random.below(random.pick([500, 4000, 60_000]));
  }

  #happen(fault: Fault): void {
    const { random, machines, stream } = this.#world;
    const leader = machines.find(({ process }) => process?.node?.role === 'leading');
    // Mostly it hits the one that leads.
    const machine = leader !== undefined && random.chance(0.6) ? leader : random.pick(machines);
    const server = random.pick(stream.servers);
    if (!this.#strike(fault, machine, server)) return;
    this.#happened++;
    this.#world.count(fault);
  }

  /** False where that cannot happen now. */
  #strike(fault: Fault, machine: Machine, server: SimulatedServer): boolean {
    const { random, ways, stream } = this.#world;
    switch (fault) {
      case 'node killed':
        machine.kill();
        return true;
      case 'node without power':
        machine.powerLost();
        return true;
      case 'node paused':
        return this.#pause(machine);
      case 'node ended in order':
        machine.end();
        return true;
      case 'node wiped':
        if (!this.#hasOthers(machine)) return false;
        machine.wipe();
        return true;
      case 'node cut off':
        machine.cutOff = true;
        this.#until(this.#while(), () => {
          machine.cutOff = false;
        });
        return true;
      case 'clock':
        this.#world.count(disturb(machine.clock, random));
        return true;
      case 'server killed':
        return this.#killServer(server);
      case 'stream led elsewhere':
        stream.unlead(random.chance(0.7));
        return true;
      case 'server wiped':
        return this.#wipeServer(server);
      case 'machine wiped':
        if (!this.#hasOthers(machine) || !this.#wipeServer(stream.servers[machine.index]!)) return false;
        machine.wipe();
        return true;
      case 'copy damaged':
        if (!this.#areWhole) return false;
        stream.damage(server);
        return true;
      case 'weather':
        ways.taste = weather(random);
        return true;
      case 'tail lost':
        return this.#loseTail();
      case 'memory flipped':
        return this.#flip(machine);
    }
  }

  /** What the stream has no more, both others have: only then may one of three lose its disk. */
  #hasOthers(machine: Machine): boolean {
    const { machines, stream } = this.#world;
    if (stream.first === 1) return true;
    const begin = opBehind(stream.log[stream.first - 1]);
    return machines.every((other) => other === machine || (other.process?.engine?.op ?? -1) >= begin);
  }

  /** Every server is there and has everything: only then may one of them lose something. */
  get #areWhole(): boolean {
    const { servers, resyncing } = this.#world.stream;
    return resyncing.size === 0 && servers.every((server) => server.up && server.isWhole);
  }

  #pause({ process }: Machine): boolean {
    if (process === undefined || process.life.paused) return false;
    const { life } = process;
    life.paused = true;
    this.#until(this.#while(), () => this.#world.scheduler.resume(life));
    return true;
  }

  #killServer(server: SimulatedServer): boolean {
    const { stream } = this.#world;
    if (!server.up || stream.resyncing.size > 0) return false;
    stream.kill(server);
    this.#until(this.#while(), () => stream.start(server));
    return true;
  }

  #wipeServer(server: SimulatedServer): boolean {
    if (!this.#areWhole) return false;
    this.#world.stream.wipe(server);
    return true;
  }

  #loseTail(): boolean {
    const { random, stream, judge } = this.#world;
    if (judge.tailLost || judge.op < TAIL_FROM) return false;
    judge.tailLost = true;
    stream.loseTail(random.between(1, TAIL_MAX));
    // What nobody has read was told to nobody.
    this.#world.lostOps = judge.made - opBehind(stream.log.at(-1));
    return true;
  }

  /** One at a time, and it is looked at before the next one. */
  #flip(machine: Machine): boolean {
    if (this.#world.machines.some(({ flipped }) => flipped)) return false;
    return machine.flip();
  }
}
