/**
 * One seed of a replicated ledger: three machines with real nodes and journals, three servers that order, clients that
 * move between nodes, and faults on all of them; then peace, in which everything must come to its end and be right.
 *
 *   client ──▶ node that leads ──▶ order (two of three servers) ──▶ journal, machine ──▶ client
 *                                    └──▶ nodes that follow ──▶ journal, machine ──▶ digests
 */
import { encodeAccounts, encodeTransfers, Operation } from '../../src/model/index.ts';
import { Random } from '../../testing/model/random.ts';
import { machineDigest } from '../checkers/determinism.ts';
import { Broken, type Outcome } from '../failure.ts';
import { simulateGlobals } from '../network/globals.ts';
import { accounts, funds } from '../shards/clients.ts';
import { Client, lookupAll, question } from './clients.ts';
import { ClusterFaults } from './faults.ts';
import { ClusterWorld } from './world.ts';

/** Simulated time for the faults, and for everything to come to its end after them. */
const TROUBLE_MS = 3_600_000;
const PEACE_MS = 600_000;
/** Comparisons after which damaged memory must have been found. */
const DIGESTS_MAX = 40;
/** Within that time everybody has heard of a stream that has lost something. */
const NOTICED_MS = 60_000;

/** Runs `seed` to its end. Throws {@link Broken}, with the simulated millisecond in `at`. */
export async function simulateCluster(
  seed: number,
  at: { step: number } = { step: 0 },
  blind = false,
): Promise<Outcome> {
  const world = new ClusterWorld(seed);
  const giveBack = simulateGlobals(world.scheduler, new Random(seed ^ 0x5eed));
  try {
    await live(world, blind);
    return { digest: world.digest(), counts: world.counts, batches: world.judge.op };
  } finally {
    giveBack();
    at.step = Math.round(world.scheduler.now);
  }
}

async function live(world: ClusterWorld, blind: boolean): Promise<void> {
  const { scheduler } = world;
  for (const machine of world.machines) machine.start();
  world.supervise();
  await begin(world);
  for (const client of world.clients) client.start();
  const faults = new ClusterFaults(world);
  faults.start();
  await scheduler.run(() => world.answers >= world.taste.answers || world.damaged > 0, TROUBLE_MS);
  faults.stop();
  world.ground.calm = true;
  world.stream.calm = true;
  world.people.over = true;
  world.count('cluster');
  if (world.judge.tailLost) await noticed(world);
  else await heal(world, blind);
}

/** Somebody asks, and is answered in the end. */
async function asked(world: ClusterWorld, client: Client, ask: (client: Client) => Promise<void>): Promise<void> {
  let done = false;
  void ask(client).then(() => {
    done = true;
  }, world.ground.fail);
  if (await world.scheduler.run(() => done, world.scheduler.now + PEACE_MS)) return;
  throw new Broken('liveness', `${client.name} is not answered`);
}

/** Accounts, and what those have that may not be overdrawn. */
function begin(world: ClusterWorld): Promise<void> {
  const all = accounts();
  const money = funds();
  return asked(world, new Client('founder', world.people, world.random), async (client) => {
    await client.ask(question(Operation.create_accounts, all.length, (cells) => encodeAccounts(cells, 0, all)));
    await client.ask(question(Operation.create_transfers, money.length, (cells) => encodeTransfers(cells, 0, money)));
  });
}

/** Everybody is answered, every node has everything, all are the same, and everything that was said was right. */
async function heal(world: ClusterWorld, blind: boolean): Promise<void> {
  const { scheduler, judge, machines, clients } = world;
  const level = (): boolean =>
    machines.every(({ process }) => process?.node?.role !== 'ended' && process?.engine?.op === judge.op);
  const leads = (): boolean => machines.some(({ process }) => process?.node?.role === 'leading');
  const idle = (): boolean => clients.every(({ waits }) => !waits) && leads() && level();
  if (!(await scheduler.run(idle, scheduler.now + PEACE_MS))) {
    const waiting = clients.filter(({ waits }) => waits).map(({ name }) => name);
    const nodes = machines.map(({ process }) => `${process?.node?.role} op ${process?.engine?.op}`);
    throw new Broken('liveness', `ten minutes of peace: ${waiting} wait; ${nodes.join(', ')}; op ${judge.op}`);
  }
  await findFlipped(world);
  await asked(world, new Client('auditor', world.people, world.random), (client) => client.ask(lookupAll()));
  await scheduler.run(level, scheduler.now + PEACE_MS);
  const digests = machines.map(({ process }) => machineDigest({ engine: process!.engine! }));
  for (const digest of digests) world.note(digest);
  if (digests.some((digest) => digest !== digests[0])) {
    throw new Broken('digests', `the nodes hold different ledgers behind op ${judge.op}`);
  }
  if (!blind) judge.judge();
}

/** A node whose memory was damaged ends, once there has been enough to do for all of it to be compared. */
async function findFlipped(world: ClusterWorld): Promise<void> {
  const { machines, people, taste } = world;
  const payer = new Client('payer', people, world.random);
  for (let more = DIGESTS_MAX * taste.digestEvery; more > 0 && machines.some(({ flipped }) => flipped); more--) {
    const { events } = people.wishes.draw();
    const transfers = question(Operation.create_transfers, events.length, (cells) => encodeTransfers(cells, 0, events));
    await asked(world, payer, (next) => next.ask(transfers));
  }
  const left = machines.find(({ flipped }) => flipped);
  if (left !== undefined) throw new Broken('digests', `node ${left.index} goes on with damaged memory`);
}

/** A stream that has lost what nodes have read is no order any more: they say so, and nobody leads on it. */
async function noticed(world: ClusterWorld): Promise<void> {
  const { scheduler, machines } = world;
  if (world.lostOps <= 0 || world.stream.isRestored) return;
  await scheduler.run(() => world.damaged > 0, scheduler.now + PEACE_MS);
  if (world.damaged === 0) throw new Broken('detection', 'the stream has lost its tail, and no node says so');
  await scheduler.run(() => false, scheduler.now + NOTICED_MS);
  const leader = machines.find(({ process }) => process?.node?.role === 'leading');
  if (leader === undefined) return;
  throw new Broken('detection', `the stream has lost ${world.lostOps} ops, and node ${leader.index} leads on it`);
}
