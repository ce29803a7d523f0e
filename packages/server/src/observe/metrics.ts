/**
 * Every metric, once: its name, what it means, what it is counted in. The registry, docs/operating/metrics.md, the
 * dashboard, the alerts and `tallystick top` take names from here.
 */
import { upperMs } from 'tallystick/internal/base';

export type MetricType = 'counter' | 'gauge' | 'histogram';
export type Unit = 'seconds' | 'bytes' | 'cells' | 'events' | 'requests' | 'batches' | 'connections' | 'ratio' | 'none';

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly unit: Unit;
  readonly labels: readonly string[];
  readonly about: string;
  /** Upper ends, of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** Seconds from 2^first µs to 2^last µs; `halves`: with one and a half times each between them. */
function doublings(first: number, last: number, halves: boolean): number[] {
  const ends: number[] = [];
  for (let octave = first; octave <= last; octave++) {
    ends.push(upperMs(octave * 4) / 1000);
    if (halves && octave < last) ends.push(upperMs(octave * 4 + 2) / 1000);
  }
  return ends;
}

const counter = (name: string, unit: Unit, labels: readonly string[], about: string): Metric => ({
  name: `tallystick_${name}_total`,
  type: 'counter',
  unit,
  labels,
  about,
});
const gauge = (name: string, unit: Unit, labels: readonly string[], about: string): Metric => ({
  name: `tallystick_${name}`,
  type: 'gauge',
  unit,
  labels,
  about,
});
const histogram = (
  name: string,
  unit: Unit,
  labels: readonly string[],
  about: string,
  buckets: readonly number[],
): Metric => ({ name: `tallystick_${name}`, type: 'histogram', unit, labels, about, buckets });

export type MetricKey =
  | 'build'
  | 'ready'
  | 'state'
  | 'clusterRole'
  | 'clusterEpoch'
  | 'clusterAge'
  | 'clusterBehind'
  | 'clusterAgreed'
  | 'clusterDamaged'
  | 'clusterQuorum'
  | 'settlements'
  | 'settlementsOpen'
  | 'settlementAge'
  | 'settlementHeld'
  | 'payments'
  | 'paymentSeconds'
  | 'paymentsRefused'
  | 'servicesTurnedAway'
  | 'webhookAttempts'
  | 'webhookAge'
  | 'screened'
  | 'latency'
  | 'laneDepth'
  | 'laneRequests'
  | 'laneRefused'
  | 'doorConnections'
  | 'doorAccepted'
  | 'doorReceived'
  | 'doorSent'
  | 'doorRefused'
  | 'clientBytes'
  | 'threadStill'
  | 'certificateSeconds'
  | 'certificateLeft'
  | 'secretsFailing'
  | 'requests'
  | 'events'
  | 'batchEvents'
  | 'rejected'
  | 'inFlight'
  | 'delayed'
  | 'ringCells'
  | 'ringDepth'
  | 'machineBusy'
  | 'flush'
  | 'journalBatches'
  | 'journalEvents'
  | 'journalWritten'
  | 'journalSize'
  | 'op'
  | 'accounts'
  | 'accountsMax'
  | 'pendings'
  | 'pendingsMax'
  | 'entries'
  | 'runs'
  | 'snapshots'
  | 'snapshotAge'
  | 'snapshotBatches'
  | 'fence'
  | 'recovery'
  | 'recoveryProgress'
  | 'recoveryReplayed'
  | 'recoveryTorn'
  | 'recoveryDamaged';

export const metrics: { readonly [key in MetricKey]: Metric } = {
  build: gauge('build_info', 'none', ['version', 'node'], 'Always 1; the labels say what is running.'),
  ready: gauge('ready', 'none', [], '1 while requests are taken: recovered, not draining, not failed.'),
  state: gauge(
    'state',
    'none',
    ['state'],
    '1 for the state that the server is in: starting, recovering, ready, draining, failed; else 0.',
  ),
  clusterRole: gauge(
    'cluster_role',
    'none',
    ['role'],
    '1 for what this node is in its cluster: following, leading, or alone, which is neither; else 0. Not ' +
      'without a cluster.',
  ),
  clusterEpoch: gauge(
    'cluster_epoch',
    'none',
    [],
    'The epoch that this node has read of last; each leader begins one. Not without a cluster.',
  ),
  clusterAge: gauge(
    'cluster_age_seconds',
    'seconds',
    [],
    'Since this node was last known to have everything that the cluster had stored. Not without a cluster.',
  ),
  clusterBehind: gauge(
    'cluster_behind_records',
    'none',
    [],
    'Records of the order that another node has read and this one has not. Not without a cluster.',
  ),
  clusterAgreed: gauge(
    'cluster_agreed_op',
    'none',
    [],
    'The last op up to which another node has made the same of all batches. Not without a cluster.',
  ),
  clusterDamaged: gauge(
    'cluster_damaged_copies',
    'none',
    [],
    'nats-servers whose copies of the order lack messages, of those whose monitoring ports are known. Not without a ' +
      'cluster.',
  ),
  clusterQuorum: histogram(
    'cluster_quorum_seconds',
    'seconds',
    [],
    'From the moment at which a record leaves the node that leads until a quorum of nats-servers has it. Not ' +
      'without a cluster.',
    doublings(9, 23, false),
  ),
  settlements: counter(
    'settlements',
    'none',
    ['outcome'],
    'Transfers between shards that this server has ended: settled or refused by their callers, posted or ' +
      'voided by the resolver after another router left them.',
  ),
  settlementsOpen: gauge(
    'settlements_open',
    'none',
    ['state'],
    'Settlements without an end at the last look: open (not decided, or pending transfers of callers), held ' +
      '(the account was closed meanwhile; the money is in the bridge).',
  ),
  settlementAge: gauge(
    'settlement_oldest_seconds',
    'seconds',
    [],
    'Age of the oldest settlement that is open or held; 0 if there is none.',
  ),
  settlementHeld: gauge(
    'settlement_held_amount',
    'none',
    ['ledger'],
    'Money that is held in bridges for closed accounts, in the smallest unit of its ledger.',
  ),
  payments: counter(
    'payments',
    'none',
    ['verb', 'outcome'],
    'Payments by what became of them: done, review (others must approve), refused, would (a dry run), skipped (of ' +
      'many), failed (an error). Not without services, as those below.',
  ),
  paymentSeconds: histogram(
    'payment_seconds',
    'seconds',
    ['verb'],
    'From a request of a service to its receipt; bulk is one of many payments.',
    doublings(7, 23, false),
  ),
  paymentsRefused: counter('payments_refused', 'none', ['code'], 'Refused payments, by the code of the refusal.'),
  servicesTurnedAway: counter(
    'services_turned_away',
    'requests',
    ['code'],
    'Requests of services that did not come in, by error code: `lane_full` was faster than its plan allows.',
  ),
  webhookAttempts: counter(
    'webhook_attempts',
    'none',
    ['outcome'],
    'Attempts to deliver an event: delivered, failed; given_up counts events after their last attempt.',
  ),
  webhookAge: gauge(
    'webhook_oldest_seconds',
    'seconds',
    [],
    'Age of the oldest event that its receiver has failed to take and that is tried again; 0: none. Not without ' +
      'webhooks.',
  ),
  screened: counter(
    'screened_names',
    'none',
    ['outcome'],
    'Names of payments that were compared with lists: clear, hit, unknown (could not be). Not without screening.',
  ),
  latency: histogram(
    'submit_to_durable_seconds',
    'seconds',
    ['lane', 'door'],
    "From a request's arrival in its lane to its durable reply.",
    doublings(5, 23, true),
  ),
  laneDepth: gauge('lane_depth_cells', 'cells', ['lane'], 'Cells of requests that wait in the lane for the sequencer.'),
  laneRequests: counter('lane_requests', 'requests', ['lane'], 'Requests answered that came through the lane.'),
  laneRefused: counter('lane_refused', 'requests', ['lane'], 'Requests refused with `lane_full`.'),
  doorConnections: gauge('door_connections', 'connections', ['door'], 'Connections that are open.'),
  doorAccepted: counter('door_connections_accepted', 'connections', ['door'], 'Connections accepted.'),
  doorReceived: counter('door_received_bytes', 'bytes', ['door'], 'Bytes that came in.'),
  doorSent: counter('door_sent_bytes', 'bytes', ['door'], 'Bytes that went out.'),
  doorRefused: counter(
    'door_refused',
    'requests',
    ['door', 'code'],
    'What the door turned away before the ledger saw it, by error code.',
  ),
  clientBytes: gauge(
    'client_bytes',
    'bytes',
    [],
    'Bytes that all doors together hold for clients, of `limits.memory`.',
  ),
  threadStill: gauge(
    'thread_still_seconds',
    'seconds',
    ['thread'],
    'For how long the thread, journal, machine or builder, has not moved; they move each second.',
  ),
  certificateSeconds: gauge(
    'certificate_seconds',
    'seconds',
    ['what'],
    'Until it ends, below 0 if it has: the certificate of this server, the authority of its clients, a list (crl) ' +
      'of withdrawn ones; of several the first. Not without TLS.',
  ),
  certificateLeft: gauge(
    'certificate_left_ratio',
    'ratio',
    ['what'],
    'The same as a share of its life, 0 to 1, which says more of certificates that live for minutes.',
  ),
  secretsFailing: gauge(
    'secrets_failing',
    'none',
    [],
    '1 while secrets of OpenBao cannot be read, and the last values stay in force; else 0. Not without them.',
  ),
  requests: counter('requests', 'requests', ['operation'], 'Requests executed.'),
  events: counter('events', 'events', ['operation'], 'Events in executed requests, refused ones included.'),
  batchEvents: histogram(
    'batch_events',
    'events',
    ['operation'],
    'Events in a batch.',
    Array.from({ length: 14 }, (_, bucket) => 2 ** bucket),
  ),
  rejected: counter(
    'rejected_events',
    'events',
    ['operation', 'status'],
    'Events that were not created, by status; `exists` is the answer to a retry.',
  ),
  inFlight: gauge('requests_in_flight', 'requests', [], 'Requests that the engine has taken and not answered.'),
  delayed: gauge('requests_delayed', 'requests', [], 'Requests in flight that wait for room in the ring.'),
  ringCells: gauge('ring_cells', 'cells', [], 'Cells of the ring.'),
  ringDepth: gauge(
    'ring_depth_cells',
    'cells',
    ['agent'],
    'Cells in the ring that the agent, journal or machine, has still to take.',
  ),
  machineBusy: counter('machine_busy_seconds', 'seconds', [], 'Time in which the machine was at work.'),
  flush: histogram(
    'journal_flush_seconds',
    'seconds',
    [],
    'One synced write of the journal: the disk, as batches feel it.',
    doublings(4, 23, false),
  ),
  journalBatches: counter('journal_batches', 'batches', [], 'Batches made durable.'),
  journalEvents: counter('journal_events', 'events', [], 'Events made durable.'),
  journalWritten: counter('journal_written_bytes', 'bytes', [], 'Bytes of batches made durable, headers included.'),
  journalSize: gauge('journal_bytes', 'bytes', [], 'Length of the journal.'),
  op: gauge('op', 'batches', [], 'Number of the last batch ordered.'),
  accounts: gauge('accounts', 'none', [], 'Accounts.'),
  accountsMax: gauge('accounts_max', 'none', [], 'Accounts that there is room for.'),
  pendings: gauge('pendings_open', 'none', [], 'Pending transfers neither posted, voided nor expired.'),
  pendingsMax: gauge('pendings_max', 'none', [], 'Open pending transfers that there is room for.'),
  entries: gauge('entries', 'none', [], 'Stored transfers and expiries.'),
  runs: gauge('runs', 'none', [], 'Runs, the index files of stored transfers.'),
  snapshots: counter('snapshots_written', 'none', [], 'Snapshots written.'),
  snapshotAge: gauge(
    'snapshot_age_seconds',
    'seconds',
    [],
    'Since the last batch in the newest snapshot; absent before the first.',
  ),
  snapshotBatches: gauge(
    'snapshot_behind_batches',
    'batches',
    [],
    'Batches behind the newest snapshot: what recovery would replay.',
  ),
  fence: gauge('fence', 'none', [], 'Token of this writer; a change is a new writer.'),
  recovery: gauge('recovery_seconds', 'seconds', [], 'How long opening the ledger took.'),
  recoveryProgress: gauge(
    'recovery_progress_ratio',
    'ratio',
    [],
    'Share of the journal behind the newest snapshot that is replayed, 0 to 1, while the ledger is opened and ' +
      'after it.',
  ),
  recoveryReplayed: gauge('recovery_replayed_batches', 'batches', [], 'Batches replayed when the ledger was opened.'),
  recoveryTorn: gauge(
    'recovery_torn_cells',
    'cells',
    [],
    'Cells cut at opening: being written when the last process ended, and never acknowledged.',
  ),
  recoveryDamaged: gauge(
    'recovery_damaged_snapshots',
    'none',
    [],
    'Snapshots found at opening that did not match their checksums.',
  ),
};
