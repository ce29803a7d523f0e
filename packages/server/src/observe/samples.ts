/** The present value of each metric. One function a metric, so that a metric without a source does not compile. */
import { Exemplars, type LogHistogram } from 'tallystick/internal/base';
import { BATCH_BUCKETS, type EngineNumbers, engineNumbers, type Recovery } from 'tallystick/internal/engine';
import { CreateAccountStatus, CreateTransferStatus, Operation } from 'tallystick/internal/model';
import { type MetricKey, metrics } from './metrics.ts';
import {
  LANE_NAMES,
  type Opened,
  ROLES,
  type ServiceFigures,
  type Settlement,
  type Sources,
  STATES,
} from './sources.ts';

export interface Labels {
  readonly [label: string]: string | number;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** The line of a histogram that this is. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  /** A trace that is counted there; scrapers that take OpenMetrics see it. */
  readonly exemplar?: { readonly labelSet: Labels; readonly value: number; readonly timestamp: number };
}

type Read = (sources: Sources) => Sample[];

const OPERATIONS: readonly (readonly [name: string, number: number])[] = Object.entries(Operation).flatMap(
  ([name, number]) => (typeof number === 'number' && number !== Operation.pulse ? [[name, number] as const] : []),
);
const CREATES = [
  { operation: Operation.create_accounts, name: 'create_accounts', statuses: CreateAccountStatus },
  { operation: Operation.create_transfers, name: 'create_transfers', statuses: CreateTransferStatus },
] as const;

const one = (value: number, labels: Labels = {}): Sample[] => [{ labels, value }];

/** What each engine says; several are told apart by their shard. */
const ofOpened =
  (read: (opened: Opened) => Sample[]): Read =>
  ({ opened }) => {
    if (opened.length === 1) return read(opened[0]!);
    return opened.flatMap((one, shard) =>
      read(one).map((sample) => ({ ...sample, labels: { ...sample.labels, shard } })),
    );
  };

const ofEngine = (read: (engine: EngineNumbers) => Sample[]): Read =>
  ofOpened(({ engine }) => read(engineNumbers(engine)));

const ofRecovery = (read: (recovery: Recovery) => number): Read =>
  ofOpened(({ recovery }) => (recovery === undefined ? [] : one(read(recovery))));

const ofSettlement =
  (read: (settlement: Settlement) => Sample[]): Read =>
  ({ settlement }) =>
    settlement === undefined ? [] : read(settlement);

const ofServices =
  (read: (services: ServiceFigures) => Sample[]): Read =>
  ({ services }) =>
    services === undefined ? [] : read(services);

const byName = (counts: ReadonlyMap<string, number>, label: string): Sample[] =>
  [...counts].flatMap(([name, count]) => one(count, { [label]: name }));

const NO_TRACES = new Exemplars();

/** A trace of a request that took between `from` and `to` seconds, if one was kept. */
function exemplar(traces: Exemplars, from: number, to: number): Pick<Sample, 'exemplar'> {
  const found = traces.between(from * 1000, to * 1000);
  if (found === undefined) return {};
  const { traceId: trace_id, spanId: span_id, milliseconds, seconds } = found;
  return { exemplar: { labelSet: { trace_id, span_id }, value: milliseconds / 1000, timestamp: seconds } };
}

/** `bounds` in seconds. */
function timed(
  histogram: LogHistogram,
  bounds: readonly number[],
  labels: Labels,
  traces: Exemplars = NO_TRACES,
): Sample[] {
  const count = histogram.count;
  return [
    ...bounds.map(
      (le, index): Sample => ({
        labels: { ...labels, le },
        value: Math.min(count, histogram.countBelow(le * 1000)),
        suffix: '_bucket',
        ...exemplar(traces, bounds[index - 1] ?? 0, le),
      }),
    ),
    {
      labels: { ...labels, le: '+Inf' },
      value: count,
      suffix: '_bucket',
      ...exemplar(traces, bounds.at(-1)!, Number.POSITIVE_INFINITY),
    },
    { labels, value: histogram.sumMs / 1000, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}

function batches(engine: EngineNumbers): Sample[] {
  const { machine } = engine.counters;
  return CREATES.flatMap(({ operation, name }) => {
    let count = 0;
    const buckets: Sample[] = [];
    for (let bucket = 0; bucket < BATCH_BUCKETS; bucket++) {
      count += machine.batches(operation, bucket);
      buckets.push({ labels: { operation: name, le: 2 ** bucket }, value: count, suffix: '_bucket' });
    }
    return [
      ...buckets,
      { labels: { operation: name, le: '+Inf' }, value: count, suffix: '_bucket' },
      { labels: { operation: name }, value: machine.events(operation), suffix: '_sum' },
      { labels: { operation: name }, value: count, suffix: '_count' },
    ];
  });
}

/** Statuses that have never been seen are left out: there are a hundred. */
function rejected({ counters }: EngineNumbers): Sample[] {
  return CREATES.flatMap(({ operation, name, statuses }) =>
    Object.entries(statuses).flatMap(([status, number]) => {
      if (typeof number !== 'number' || number >= 128) return [];
      const value = counters.machine.rejected(operation, number);
      return value === 0 ? [] : one(value, { operation: name, status });
    }),
  );
}

function latency({ doors }: Sources): Sample[] {
  return doors.flatMap(({ door, latency, exemplars }) =>
    LANE_NAMES.flatMap((lane) =>
      latency[lane].count === 0 ? [] : timed(latency[lane], metrics.latency.buckets!, { lane, door }, exemplars[lane]),
    ),
  );
}

const byLane =
  (read: (lanes: NonNullable<Sources['lanes']>, lane: (typeof LANE_NAMES)[number]) => number): Read =>
  ({ lanes }) =>
    lanes === undefined ? [] : LANE_NAMES.flatMap((lane) => one(read(lanes, lane), { lane }));

export const samples: { readonly [key in MetricKey]: Read } = {
  build: ({ version }) => one(1, { version, node: process.version }),
  ready: (sources) => one(sources.ready ? 1 : 0),
  state: (sources) => STATES.flatMap((state) => one(sources.state === state ? 1 : 0, { state })),
  clusterRole: ({ role }) =>
    role === undefined ? [] : ROLES.flatMap((name) => one(name === role ? 1 : 0, { role: name })),
  clusterEpoch: ({ standing }) => (standing === undefined ? [] : one(standing.epoch)),
  clusterAge: ({ standing }) => (standing === undefined ? [] : one(standing.ageMs / 1000)),
  clusterBehind: ({ standing }) => (standing === undefined ? [] : one(standing.behind)),
  clusterAgreed: ({ standing }) => (standing === undefined ? [] : one(standing.agreedOp)),
  clusterDamaged: ({ standing }) => (standing === undefined ? [] : one(standing.damagedCopies)),
  clusterQuorum: ({ standing }) =>
    standing === undefined ? [] : timed(standing.quorum, metrics.clusterQuorum.buckets!, {}),
  settlements: ofSettlement(({ counts }) =>
    Object.entries(counts).flatMap(([outcome, count]) => one(count, { outcome })),
  ),
  settlementsOpen: ofSettlement(({ last: { open, held } }) => [
    ...one(open, { state: 'open' }),
    ...one(held, { state: 'held' }),
  ]),
  settlementAge: ofSettlement((settlement) => {
    const { oldest } = settlement.last;
    return one(oldest === 0n ? 0 : Math.max(0, Number(settlement.now() - oldest) / 1e9));
  }),
  settlementHeld: ofSettlement(({ last }) =>
    [...last.heldAmounts].flatMap(([ledger, amount]) => one(Number(amount), { ledger })),
  ),
  payments: ofServices(({ payments }) =>
    [...payments].flatMap(([verb, outcomes]) =>
      [...outcomes].flatMap(([outcome, count]) => one(count, { verb, outcome })),
    ),
  ),
  paymentSeconds: ofServices(({ latency }) =>
    [...latency].flatMap(([verb, took]) => timed(took, metrics.paymentSeconds.buckets!, { verb })),
  ),
  paymentsRefused: ofServices(({ refused }) => byName(refused, 'code')),
  servicesTurnedAway: ofServices(({ turnedAway }) => byName(turnedAway, 'code')),
  webhookAttempts: ofServices(({ webhooks }) => byName(webhooks, 'outcome')),
  webhookAge: ofServices(({ webhookAge }) => (webhookAge === undefined ? [] : one(webhookAge()))),
  screened: ofServices(({ screened }) => (screened === undefined ? [] : byName(screened, 'outcome'))),
  latency,
  laneDepth: byLane((lanes, lane) => lanes.depth(lane)),
  laneRequests: byLane((lanes, lane) => lanes.statistics[lane].requests),
  laneRefused: byLane((lanes, lane) => lanes.statistics[lane].refused),
  doorConnections: ({ doors }) => doors.flatMap(({ door, connections }) => one(connections, { door })),
  doorAccepted: ({ doors }) => doors.flatMap(({ door, connectionsAccepted }) => one(connectionsAccepted, { door })),
  doorReceived: ({ doors }) =>
    doors.flatMap((counters) => {
      counters.refresh();
      return one(counters.bytesReceived, { door: counters.door });
    }),
  doorSent: ({ doors }) =>
    doors.flatMap((counters) => {
      counters.refresh();
      return one(counters.bytesSent, { door: counters.door });
    }),
  doorRefused: ({ doors }) =>
    doors.flatMap(({ door, refused }) => [...refused].flatMap(([code, count]) => one(count, { door, code }))),
  clientBytes: ({ budget }) => (budget === undefined ? [] : one(budget.used)),
  requests: ofEngine(({ counters }) =>
    OPERATIONS.flatMap(([operation, number]) => one(counters.machine.requests(number), { operation })),
  ),
  events: ofEngine(({ counters }) =>
    OPERATIONS.flatMap(([operation, number]) => one(counters.machine.events(number), { operation })),
  ),
  batchEvents: ofEngine(batches),
  rejected: ofEngine(rejected),
  inFlight: ofEngine(({ inFlight }) => one(inFlight)),
  delayed: ofEngine(({ delayed }) => one(delayed)),
  ringCells: ofEngine(({ ringCells }) => one(ringCells)),
  ringDepth: ofEngine(({ ringDepth }) => [
    ...one(ringDepth.journal, { agent: 'journal' }),
    ...one(ringDepth.machine, { agent: 'machine' }),
  ]),
  machineBusy: ofEngine(({ counters }) => one(counters.machine.busyMs / 1000)),
  threadStill: ({ heartbeat }) =>
    (heartbeat?.still ?? []).map(({ name, seconds }) => ({ labels: { thread: name }, value: seconds })),
  certificateSeconds: ({ certificates }) =>
    (certificates?.left ?? []).map(({ what, seconds }) => ({ labels: { what }, value: seconds })),
  certificateLeft: ({ certificates }) =>
    (certificates?.left ?? []).map(({ what, share }) => ({ labels: { what }, value: share })),
  secretsFailing: ({ secrets }) => (secrets === undefined ? [] : one(secrets.failing ? 1 : 0)),
  flush: ofEngine(({ counters }) => timed(counters.journal.flush, metrics.flush.buckets!, {})),
  journalBatches: ofEngine(({ counters }) => one(counters.journal.batches)),
  journalEvents: ofEngine(({ counters }) => one(counters.journal.events)),
  journalWritten: ofEngine(({ counters }) => one(counters.journal.bytes)),
  journalSize: ofEngine(({ journalCells }) => one(journalCells * 128)),
  op: ofEngine(({ op }) => one(op)),
  accounts: ofEngine(({ accounts }) => one(accounts)),
  accountsMax: ofEngine(({ accountsMax }) => one(accountsMax)),
  pendings: ofEngine(({ pendingsOpen }) => one(pendingsOpen)),
  pendingsMax: ofEngine(({ pendingsMax }) => one(pendingsMax)),
  entries: ofEngine(({ entries }) => one(entries)),
  runs: ofEngine(({ runs }) => one(runs)),
  snapshots: ofEngine(({ counters }) => one(counters.builder.snapshots)),
  snapshotAge: ofEngine(({ counters }) =>
    counters.builder.snapshotOp === 0 ? [] : one(Math.max(0, Date.now() / 1000 - counters.builder.snapshotSeconds)),
  ),
  snapshotBatches: ofEngine(({ op, counters }) => one(op - counters.builder.snapshotOp)),
  fence: ofOpened(({ fence }) => (fence === undefined ? [] : one(Number(fence)))),
  recovery: ofRecovery(({ milliseconds }) => milliseconds / 1000),
  recoveryProgress: ({ recovered }) => (recovered === undefined ? [] : one(recovered)),
  recoveryReplayed: ofRecovery(({ replayed }) => replayed),
  recoveryTorn: ofRecovery(({ tornCells }) => tornCells),
  recoveryDamaged: ofRecovery(({ damagedSnapshots }) => damagedSnapshots.length),
};
