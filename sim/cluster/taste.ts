/** The nature of one seed's cluster: drawn once, so that different seeds live in different worlds. */
import type { EngineSizes } from '../../src/engine/index.ts';
import type { Random } from '../../testing/model/random.ts';
import type { DriverTaste } from '../network/driver.ts';
import { sizesTaste, sliceTaste } from '../taste.ts';

/** What ways between nodes, servers and clients are like. */
export interface WayTaste {
  /** The longest usual way, milliseconds. */
  readonly slow: number;
  readonly lost: number;
  /** A message comes twice. */
  readonly doubled: number;
  /** A message takes seconds. */
  readonly late: number;
}

export interface StreamTaste {
  /** From a proposal until a quorum has it, on average, milliseconds. */
  readonly quorumMs: number;
  /** How often a server refuses what would fit, because it has not heard of the last message yet. */
  readonly refused: number;
  /** How often a server that was replaced as leader, and has not heard so, answers what it has. */
  readonly behind: number;
}

export interface ClusterTaste {
  /** Answers after which the faults stop. */
  readonly answers: number;
  readonly clients: number;
  /** Between an answer and the next question, on average, milliseconds. */
  readonly thinkMs: number;
  /** Share of requests that read. */
  readonly reads: number;
  /** Share of clients whose requests have sessions. */
  readonly sessions: number;
  /** Between two faults, on average, milliseconds. */
  readonly faultMs: number;
  /** How many. */
  readonly faultsMax: number;
  readonly faults: readonly Fault[];
  readonly digestEvery: number;
  /** Bytes that the stream keeps. */
  readonly retain: number;
  readonly way: WayTaste;
  readonly stream: StreamTaste;
  readonly sizes: EngineSizes;
  readonly driver: DriverTaste;
}

export const FAULTS = [
  'node killed',
  'node killed',
  'node without power',
  'node paused',
  'node paused',
  'node ended in order',
  'node wiped',
  'node cut off',
  'clock',
  'server killed',
  'stream led elsewhere',
  'server wiped',
  'copy damaged',
  'machine wiped',
  'weather',
] as const;
export type Fault = (typeof FAULTS)[number] | 'tail lost' | 'memory flipped';

export function weather(random: Random): WayTaste {
  return {
    slow: random.pick([1, 10, 100]),
    lost: random.pick([0, 0, 0.01, 0.1]),
    doubled: random.pick([0, 0, 0.05]),
    late: random.pick([0, 0, 0.01]),
  };
}

/** On a good day. */
export const CALM: WayTaste = { slow: 2, lost: 0, doubled: 0, late: 0 };

/** `aside`: drawn from it without a difference for anything else. */
export function clusterTaste(random: Random, aside: Random): ClusterTaste {
  const clients = random.pick([1, 3, 6]);
  const some = random.chance(0.5) ? FAULTS : FAULTS.filter(() => random.chance(0.4));
  // What no three machines survive unnoticed: these must be noticed, and are alone.
  const rare = random.below(8);
  const faults: readonly Fault[] = rare === 0 ? ['tail lost'] : rare === 1 ? ['memory flipped'] : some;
  return {
    answers: random.pick([60, 150, 300]),
    clients,
    thinkMs: random.pick([1, 20, 300]),
    reads: random.pick([0.1, 0.4, 0.7]),
    sessions: random.pick([0, 0.5, 1]),
    faultMs: random.pick([500, 3000, 15_000]),
    faultsMax: random.pick([5, 20, 60]),
    faults,
    digestEvery: random.pick([4, 16, 64]),
    retain: faults === some ? aside.pick([Number.POSITIVE_INFINITY, 3000, 20_000]) : Number.POSITIVE_INFINITY,
    way: weather(random),
    stream: {
      quorumMs: random.pick([0.5, 5, 50]),
      refused: random.pick([0, 0, 0.02]),
      behind: random.pick([0, 0.3]),
    },
    sizes: sizesTaste(random),
    driver: {
      writeMs: random.pick([0.1, 2, 50]),
      settleMs: 2,
      turnMs: random.pick([0.01, 0.1, 5]),
      requestsMax: random.pick([1, 5, 1000]),
      slice: sliceTaste(random),
    },
  };
}
