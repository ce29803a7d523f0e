/** The nature of one seed's town: drawn once, so that different seeds live in different worlds. */
import type { EngineSizes } from '../../src/engine/index.ts';
import type { Random } from '../../testing/model/random.ts';
import { sizesTaste, sliceTaste } from '../taste.ts';
import type { ClientTaste } from './clients.ts';
import type { ServerTaste } from './server.ts';
import type { NetworkTaste } from './way.ts';

export interface TownTaste {
  /** Answers after which the faults stop. */
  readonly answers: number;
  readonly clients: number;
  /** Between two faults, on average, milliseconds; infinite: none. */
  readonly faultMs: number;
  /** How many. */
  readonly faultsMax: number;
  /** Kinds of faults that happen. */
  readonly faults: readonly Fault[];
  readonly network: NetworkTaste;
  readonly server: ServerTaste;
  readonly client: ClientTaste;
}

export const FAULTS = [
  'kill',
  'power',
  'power while writing',
  'pause',
  'takeover',
  'takeover',
  'restart',
  'second process',
  'disk full',
  'partition',
  'reset',
  'forgotten connection',
  'weather',
  'clock',
  'client kill',
  'client vanishes',
  'client pause',
  'client leaves',
] as const;
export type Fault = (typeof FAULTS)[number];

export function weather(random: Random): NetworkTaste {
  return {
    latency: random.pick([0.02, 0.5, 5, 40]),
    jitter: random.pick([0, 0.1, 2, 30]),
    loss: random.pick([0, 0, 0.01, 0.2]),
    segmentMax: random.pick([200, 1460, 16_384, 65_536]),
    window: random.pick([2048, 65_536, 262_144]),
  };
}

/** On a good day. */
export const CALM: NetworkTaste = { latency: 0.2, jitter: 0.1, loss: 0, segmentMax: 65_536, window: 262_144 };

/** Some ledgers run out of room for pending transfers; what ends one must pass nevertheless. */
function fewPendings(random: Random, sizes: EngineSizes): EngineSizes {
  return random.chance(0.8) ? sizes : { ...sizes, pendingsMax: sizes.ringCells + random.pick([5, 50]) };
}

export function townTaste(random: Random): TownTaste {
  const quiet = random.chance(0.1);
  const clients = random.pick([1, 2, 4, 8]);
  const network = weather(random);
  const thinkMs = random.pick([0, 1, 50, 5000]);
  const writeMs = random.pick([0.1, 2, 50]);
  // As the work goes: faults are no use to a town that is done before the first one, or is idle between them.
  const answerMs = (thinkMs + 2 * (network.latency + network.jitter) + 2 * writeMs) / clients;
  return {
    answers: random.pick([50, 200, 500]),
    clients,
    faultMs: quiet ? Number.POSITIVE_INFINITY : Math.max(1, answerMs) * random.pick([2, 10, 40]),
    faultsMax: random.pick([5, 20, 60]),
    faults: random.chance(0.5) ? FAULTS : FAULTS.filter(() => random.chance(0.4)),
    network,
    server: {
      sizes: fewPendings(random, sizesTaste(random)),
      driver: {
        writeMs,
        settleMs: 2,
        turnMs: random.pick([0.01, 0.1, 5]),
        requestsMax: random.pick([1, 5, 1000]),
        slice: sliceTaste(random),
      },
      lanes: random.chance(0.5)
        ? {}
        : {
            critical: { quantum: random.pick([16, 256]), credit: random.pick([64, 16_384]) },
            high: { quantum: random.pick([8, 64]), credit: random.pick([64, 65_536]) },
            normal: { quantum: random.pick([1, 16]), credit: random.pick([256, 262_144]) },
          },
      limits: random.chance(0.5)
        ? {}
        : {
            requestsMax: random.pick([1, 3, 64]),
            cellsMax: random.pick([16, 256]),
            pooledCellsMax: random.pick([16, 512]),
            // No less than a socket's own high-water mark: what stands below that is not announced.
            repliesMax: random.pick([2 ** 15, 2 ** 20]),
          },
    },
    client: {
      thinkMs,
      inFlight: random.pick([1, 4, 32]),
      retry: random.chance(0.7),
      reconnectTimeoutMs: random.pick([100, 10_000, Number.POSITIVE_INFINITY]),
      readers: random.pick([0, 0, 0.7]),
      deadlineMs: random.pick([undefined, 1, 20, 2000]),
      again: random.pick([0.5, 1]),
    },
  };
}
