/**
 * A town of shards, routers and clients. Routers die at any arrow of a settlement, or sleep and go on late; messages
 * are lost, doubled, late and out of order; the shards' clocks run apart; accounts close and open in between; a shard
 * goes silent for a while. After every change the ledgers alone must prove the four invariants; at the end everything
 * that clients were told is there once, and one big ledger that does what became of it has the same balances.
 */
import { createHash } from 'node:crypto';
import { CreateTransferStatus, ObjectLedger, TallystickError, type Transfer } from '../../src/model/index.ts';
import { checkShards, joinShards, ShardedLedger, type ShardWorld } from '../../src/shard/index.ts';
import { Random } from '../../testing/model/random.ts';
import { Broken, type Outcome } from '../failure.ts';
import { accounts, EXPECTED, early, funds, late, type Wish, Wishes } from './clients.ts';
import { exactlyOnce, histories } from './judge.ts';
import { Life, Link, SimulatedShard, START, type Taste } from './link.ts';
import { oneLedger } from './one-ledger.ts';
import { Time } from './time.ts';

const NANOSECONDS_PER_MS = 1_000_000n;
const HONEST: Taste = { lost: 0, doubled: 0, slow: 5, late: 0 };

interface Router {
  readonly life: Life;
  readonly ledger: ShardedLedger;
}

/** Runs `seed` to its end. Throws {@link Broken}, with the event in `at`. */
export async function simulateShards(seed: number, at: { step: number } = { step: 0 }): Promise<Outcome> {
  const town = new ShardTown(seed);
  try {
    return await town.run();
  } finally {
    at.step = town.time.taken;
  }
}

class ShardTown {
  readonly time = new Time();
  readonly #random: Random;
  readonly #counts = new Map<string, number>();
  readonly #digest = createHash('sha256');
  readonly #shards: SimulatedShard[];
  /** How many shards there were in the beginning. */
  readonly #first: number;
  readonly #wishes: Wishes;
  readonly #taste: Taste;
  readonly #routers: Router[] = [];
  /** What clients were told, by the id of the transfer. */
  readonly #told = new Map<bigint, CreateTransferStatus>();
  readonly #chains: (readonly Transfer[])[] = [];
  #checked = 0;
  /** Thrown by something that nobody waits for. */
  #failure: unknown;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const random = this.#random;
    const count = random.between(2, 3);
    this.#first = count;
    this.#shards = Array.from({ length: count }, () => new SimulatedShard(this.time, this.#skew()));
    this.#wishes = new Wishes(random);
    this.#taste = {
      lost: random.pick([0, 0.02, 0.1]),
      doubled: random.pick([0, 0.05, 0.2]),
      slow: random.pick([5, 50, 500]),
      late: random.pick([0, 0.01, 0.05]),
    };
  }

  async run(): Promise<Outcome> {
    const random = this.#random;
    const first = await this.#router(HONEST);
    await this.time.until(first.ledger.createAccounts(early()));
    await this.time.until(first.ledger.createTransfers(funds()));
    this.#routers.push(first);
    for (let requests = random.between(30, 80); requests > 0; requests--) {
      const wish = this.#wishes.draw();
      if (wish.chain) this.#chains.push(wish.events);
      void this.#ask(wish, random.between(1, 4));
      await this.#events(random.between(1, 40));
      if (random.chance(0.15)) this.#disturb();
      if (random.chance(0.2)) this.#change();
      if (this.#routers.length < 2) this.#routers.push(await this.#router(this.#taste));
    }
    await this.#events(2_000);
    await this.#heal();
    return { digest: this.#digest.digest('hex'), counts: this.#counts, batches: this.#written() };
  }

  /** A client asks, and asks another router again as long as it hears no answer, but not for ever. */
  async #ask({ events }: Wish, attempts: number): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (this.#routers.length === 0) return;
      const router = this.#random.pick(this.#routers);
      try {
        const results = await router.ledger.createTransfers(events);
        for (const [index, { status }] of results.entries()) this.#hear(events[index]!, status);
        return;
      } catch (error) {
        if (error instanceof TallystickError && error.retriable) this.#count(error.code);
        else if (error instanceof TallystickError && error.code === 'shards_invalid') this.#outdated(router);
        else if (!(error instanceof TallystickError && error.code === 'closed')) this.#failure ??= error;
      }
    }
  }

  /** The town has grown without it. */
  #outdated(router: Router): void {
    this.#count('router outdated');
    const place = this.#routers.indexOf(router);
    if (place >= 0) this.#routers.splice(place, 1);
    router.life.dead = true;
  }

  /** Something that may fail half-way, and nobody waits for. */
  #attempt(what: string, act: Promise<unknown>): void {
    act.then(
      (outcome) => this.#count(typeof outcome === 'string' ? `${what}: ${outcome}` : what),
      (error: unknown) => {
        if (error instanceof TallystickError && error.code !== 'shards_damaged') this.#count(`${what}: ${error.code}`);
        else this.#failure ??= error;
      },
    );
  }

  /** A shard more, an account that moves, or accounts that are opened late. */
  #change(): void {
    const random = this.#random;
    if (this.#routers.length === 0) return;
    const { ledger, life } = random.pick(this.#routers);
    const kind = random.below(4);
    if (kind === 0 && ledger.map.counts.length === 1) {
      if (this.#shards.length === this.#first) this.#shards.push(new SimulatedShard(this.time, this.#skew()));
      this.#attempt('shard added', ledger.addShard(this.#link(this.#shards.at(-1)!, life)));
    } else if (kind === 1) {
      this.#attempt('late accounts', ledger.createAccounts(late()));
    } else {
      const { id } = random.pick(accounts());
      this.#attempt('move', ledger.moveAccount(id, random.below(ledger.map.counts.at(-1)!)));
    }
  }

  #link(shard: SimulatedShard, life: Life): ObjectLedger {
    const random = new Random(this.#random.u32());
    return new ObjectLedger(new Link(shard, life, { time: this.time, random, count: (what) => this.#count(what) }));
  }

  #hear(event: Transfer, status: CreateTransferStatus): void {
    const name = CreateTransferStatus[status] ?? String(status);
    this.#count(name);
    this.#digest.update(`${event.id} ${name};`);
    if (!EXPECTED.has(status)) this.#failure ??= new Broken('statuses', `transfer ${event.id} got ${name}`);
    this.#told.set(event.id, status);
  }

  /** Takes events; whenever a shard has changed, its ledgers are checked. */
  async #events(count: number): Promise<void> {
    for (let taken = 0; taken < count; taken++) {
      if (!(await this.time.step())) return;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#written() !== this.#checked && this.#random.chance(0.2)) await this.#check();
    }
  }

  async #check(): Promise<void> {
    this.#checked = this.#written();
    const { problems } = await checkShards(this.#shards.map(({ ledger }) => ledger));
    if (problems.length > 0) throw new Broken('settlement', problems.join('\n'));
  }

  #disturb(): void {
    const random = this.#random;
    const what = random.below(3);
    if (what === 0 && this.#routers.length > 0) {
      this.#count('router killed');
      this.#routers.splice(random.below(this.#routers.length), 1)[0]!.life.dead = true;
    } else if (what === 1 && this.#routers.length > 0) {
      this.#count('router asleep');
      random.pick(this.#routers).life.asleepUntil = this.time.now + random.between(1_000, 120_000);
    } else {
      this.#count('shard silent');
      const shard = random.pick(this.#shards);
      shard.down = true;
      this.time.after(random.between(100, 40_000), () => {
        shard.down = false;
      });
    }
  }

  /** Nothing fails any more; all that can be settled is, and all that can expire has. */
  async #heal(): Promise<void> {
    for (const { life } of this.#routers) life.dead = true;
    for (const shard of this.#shards) shard.down = false;
    await this.#events(5_000);
    this.time.after(300_000, () => undefined);
    await this.#events(5_000);
    for (const shard of this.#shards) await shard.tick();
    const last = await this.#router(HONEST);
    if (this.#shards.length > this.#first && last.ledger.map.counts.length === 1) {
      await this.time.until(last.ledger.addShard(this.#link(this.#shards.at(-1)!, last.life)));
    }
    await this.time.until(last.ledger.createAccounts(late()));
    for (let sweeps = 0; sweeps < 3; sweeps++) await this.time.until(last.ledger.settle());
    await this.#check();
    const { open } = await checkShards(this.#shards.map(({ ledger }) => ledger));
    const all = await this.time.until(last.ledger.queryTransfers({}));
    const found = await this.time.until(last.ledger.lookupAccounts(accounts().map(({ id }) => id)));
    const callers = new Map(all.map((transfer) => [transfer.id, transfer]));
    for (const leg of open) {
      const transfer = callers.get(leg.transfer);
      const waits = transfer !== undefined && transfer.timeout === 0 && transfer.flags !== 0;
      if (!waits) throw new Broken('settlement', `the leg of transfer ${leg.transfer} is open, and nobody is at work`);
    }
    exactlyOnce(all, this.#told, this.#chains);
    await histories(all, ({ id }) => this.time.until(last.ledger.getAccountTransfers({ account_id: id })));
    await oneLedger(all, found);
    for (const { id, timestamp } of all) this.#digest.update(`${id}@${timestamp};`);
    last.life.dead = true;
  }

  async #router(taste: Taste): Promise<Router> {
    const life = new Life(HONEST);
    const { time } = this;
    const skew = this.#skew();
    const world: ShardWorld = {
      now: () => START + skew + BigInt(Math.round(time.now)) * NANOSECONDS_PER_MS,
      after: (milliseconds, act) => time.after(milliseconds, () => awake(life, time, act)),
      random: () => 1n,
    };
    const options = { answerMs: 3_000, sweepMs: 2_000, patienceMs: 4_000 };
    for (let attempt = 0; ; attempt++) {
      try {
        // Whether a shard that was added counts already, only the others know.
        const count = attempt % 2 === 0 ? this.#shards.length : this.#first;
        const links = this.#shards.slice(0, count).map((shard) => this.#link(shard, life));
        const ledger = new ShardedLedger(await this.time.until(joinShards(links, options, world)));
        life.taste = taste;
        return { life, ledger };
      } catch (error) {
        const isLater = error instanceof TallystickError && error.code === 'shards_invalid';
        if (!(error instanceof TallystickError && error.retriable) && !isLater) throw error;
        if (attempt > 50) throw error;
      }
    }
  }

  #skew(): bigint {
    return BigInt(this.#random.between(-10_000, 10_000)) * NANOSECONDS_PER_MS;
  }

  #written(): number {
    return this.#shards.reduce((sum, { written }) => sum + written, 0);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

/** The timers of a process that sleeps wait until it is awake. */
function awake(life: Life, time: Time, act: () => void): void {
  if (life.dead) return;
  const wait = life.asleepUntil - time.now;
  if (wait > 0) time.after(wait, () => awake(life, time, act));
  else act();
}
