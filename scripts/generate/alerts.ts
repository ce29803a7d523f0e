/** The alerts: deploy/alerts/tallystick.yml, and their table in docs/operating/metrics.md. */
import { metrics } from '../../packages/server/src/observe/index.ts';

export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  /** What to do. */
  readonly next: string;
}

const m = (key: keyof typeof metrics): string => metrics[key].name;
const p99 = (key: 'latency' | 'flush' | 'clusterQuorum', filter = ''): string =>
  `histogram_quantile(0.99, sum by (instance, le) (rate(${m(key)}_bucket${filter}[5m])))`;

export const alerts: readonly Alert[] = [
  {
    name: 'TallystickDown',
    expr: 'up{job="tallystick"} == 0',
    for: '1m',
    severity: 'critical',
    summary: 'The server does not answer.',
    next: 'See whether the process lives and what it said last. Nothing acknowledged is lost: start it again.',
  },
  {
    name: 'TallystickFailed',
    expr: `${m('state')}{state="failed"} == 1`,
    for: '0s',
    severity: 'critical',
    summary: 'The engine has stopped: the disk refused, a newer writer took over, or a mistake of its own.',
    next: 'The log has the error, its code and what to do next. Restarting replays the journal.',
  },
  {
    name: 'TallystickNotReady',
    expr: `${m('ready')} == 0`,
    for: '5m',
    severity: 'critical',
    summary: 'The server takes no requests.',
    next: `Look at ${m('state')}: a long recovery ends by itself, a failed engine does not.`,
  },
  {
    name: 'TallystickRestarting',
    expr: `changes(${m('fence')}[15m]) > 2`,
    for: '0s',
    severity: 'warning',
    summary: 'The ledger was opened anew more than twice within a quarter of an hour.',
    next: 'Look for crashes, for an orchestrator that is impatient with recovery, or for two servers that take the ledger from each other.',
  },
  {
    name: 'TallystickFlushSlow',
    expr: `${p99('flush')} > 0.05`,
    for: '10m',
    severity: 'warning',
    summary: 'One synced write in a hundred takes longer than 50 ms; every reply waits for one.',
    next: 'Look at the disk: what else writes to it, its health, whether its limit of operations is reached.',
  },
  {
    name: 'TallystickCriticalLaneSlow',
    expr: `${p99('latency', '{lane="critical"}')} - ${p99('flush')} > 0.005`,
    for: '5m',
    severity: 'warning',
    summary: 'Critical requests take more than 5 ms beyond the disk at their 99th percentile.',
    next: 'See whether too much is classified as critical (`lanes.policy`), and whether the machine is saturated.',
  },
  {
    name: 'TallystickLaneFull',
    expr: `sum by (instance, lane) (rate(${m('laneRefused')}[5m])) > 0`,
    for: '5m',
    severity: 'warning',
    summary: 'A lane has been refusing requests for five minutes.',
    next: 'More is offered than the server can do. Clients shall wait before they retry; larger batches cost less for each event.',
  },
  {
    name: 'TallystickThreadStuck',
    expr: `max by (instance, thread) (${m('threadStill')}) > 4`,
    for: '30s',
    severity: 'critical',
    summary: 'A thread of the engine does not move: nothing is answered.',
    next: 'Look at the disk that the journal is on: it does not answer. The log names the thread.',
  },
  {
    name: 'TallystickMachineSaturated',
    expr: `rate(${m('machineBusy')}[5m]) > 0.9`,
    for: '10m',
    severity: 'warning',
    summary: 'The machine is at work more than nine tenths of the time.',
    next: 'There is little room left. Larger batches, fewer queries, or a faster processor.',
  },
  {
    name: 'TallystickManyRejected',
    expr: `sum by (instance) (rate(${m('rejected')}{operation="create_transfers",status!="exists"}[10m])) / sum by (instance) (rate(${m('events')}{operation="create_transfers"}[10m])) > 0.2`,
    for: '10m',
    severity: 'warning',
    summary: 'More than a fifth of the transfers are refused.',
    next: `Look at ${m('rejected')} by status: a client may be sending nonsense.`,
  },
  {
    name: 'TallystickAccountsNearlyFull',
    expr: `${m('accounts')} / ${m('accountsMax')} > 0.9`,
    for: '10m',
    severity: 'warning',
    summary: 'Nine tenths of the accounts that there is room for exist.',
    next: 'Begin another ledger for new accounts.',
  },
  {
    name: 'TallystickPendingsNearlyFull',
    expr: `${m('pendings')} / ${m('pendingsMax')} > 0.9`,
    for: '10m',
    severity: 'warning',
    summary: 'Nine tenths of the open pending transfers that there is room for are open.',
    next: 'Post or void them, or give them timeouts.',
  },
  {
    name: 'TallystickSnapshotStale',
    expr: `${m('snapshotAge')} > 86400 and increase(${m('journalEvents')}[1d]) > 1e7`,
    for: '1h',
    severity: 'warning',
    summary: 'The newest snapshot is more than a day old while the ledger grew by ten million events.',
    next: 'A restart would replay all of that. Look for a full disk in the log; a clean close writes a snapshot.',
  },
  {
    name: 'TallystickSnapshotDamaged',
    expr: `${m('recoveryDamaged')} > 0`,
    for: '0s',
    severity: 'warning',
    summary: 'Opening found a snapshot that does not match its checksums, and used an older one.',
    next: 'Nothing is lost, but the disk has returned something else than was written: check it.',
  },
  {
    name: 'TallystickNobodyLeads',
    expr: `max by (job) (${m('clusterRole')}{role="leading"}) == 0`,
    for: '1m',
    severity: 'critical',
    summary: 'No node of the cluster leads: nothing can be changed.',
    next: 'Look at the nats-servers first: two of three must be up and reach each other. Then at the log of each node.',
  },
  {
    name: 'TallystickNodeBehind',
    expr: `${m('clusterAge')} > 10`,
    for: '2m',
    severity: 'warning',
    summary: 'A node has not had everything that the cluster has stored for two minutes.',
    next: 'It may be catching up, and cluster_behind_records falls; or it reaches no nats-server. It must not be one of two that are left.',
  },
  {
    name: 'TallystickCopyDamaged',
    expr: `max by (job) (${m('clusterDamaged')}) > 0`,
    for: '0s',
    severity: 'critical',
    summary: "A nats-server's copy of the order lacks messages; it may not lead, and must not be the last one.",
    next: 'The log names it. Stop that server, remove its copy of the stream, start it: it gets all of it from the others.',
  },
  {
    name: 'TallystickDigestsApart',
    expr: `${m('op')} - ${m('clusterAgreed')} > 10000 and on (instance) ${m('clusterRole')}{role="leading"} == 1`,
    for: '10m',
    severity: 'warning',
    summary: 'No other node has confirmed for 10,000 batches that it makes the same of them as the one that leads.',
    next: 'See whether the others run and follow. A node that differs ends by itself and says so in its log.',
  },
  {
    name: 'TallystickQuorumSlow',
    expr: `${p99('clusterQuorum')} > 0.25`,
    for: '10m',
    severity: 'warning',
    summary: 'One record in a hundred takes longer than 250 ms until two of three nats-servers have it.',
    next: 'Look at the disks of the nats-servers, and at the network between them.',
  },
  {
    name: 'TallystickMoneyHeld',
    expr: `${m('settlementsOpen')}{state="held"} > 0`,
    for: '10m',
    severity: 'warning',
    summary: 'Money waits in a bridge between shards, because its account was closed while it was on its way.',
    next: 'Open the account again: void the transfer that closed it. `tallystick check` names the transfers.',
  },
  {
    name: 'TallystickStrangers',
    expr: `sum by (instance, door) (rate(${m('doorRefused')}{code=~"unauthenticated|forbidden"}[5m])) > 1`,
    for: '5m',
    severity: 'warning',
    summary: 'A door turns away more than one request a second for want of a token or a role.',
    next: 'A client has the wrong token, or somebody is trying.',
  },
  {
    name: 'TallystickCertificateEnding',
    expr:
      `${m('certificateLeft')}{what=~"certificate|crl"} < 0.15 or ` +
      `${m('certificateSeconds')}{what="authority"} < 30 * 86400`,
    for: '1m',
    severity: 'warning',
    summary: 'A certificate, or a list of withdrawn ones, ends soon.',
    next: 'See why it was not renewed: the log has what ACME says; for files, whoever writes them. For an authority, give clients certificates of the next one.',
  },
  {
    name: 'TallystickCertificateOver',
    expr: `${m('certificateSeconds')} <= 0`,
    for: '0s',
    severity: 'critical',
    summary: 'A certificate, or a list of withdrawn ones, has ended: clients refuse the server, or are refused.',
    next: 'Put a new file in the place of the old one: the server reads it by itself.',
  },
  {
    name: 'TallystickSecretsFailing',
    expr: `${m('secretsFailing')} == 1`,
    for: '5m',
    severity: 'warning',
    summary: 'Secrets of OpenBao cannot be read; the last values stay in force.',
    next: 'See whether OpenBao is up and unsealed, and whether the AppRole may still log in. A server that restarts meanwhile does not start.',
  },
];

const quoted = (text: string): string => JSON.stringify(text);

export function printAlerts(): string {
  const rules = alerts.map(
    (alert) => `      - alert: ${alert.name}
        expr: ${quoted(alert.expr)}
        for: ${alert.for}
        labels:
          severity: ${alert.severity}
        annotations:
          summary: ${quoted(alert.summary)}
          description: ${quoted(alert.next)}
`,
  );
  return `# Printed by scripts/generate.ts from scripts/generate/alerts.ts: change that, then \`npm run generate\`.
groups:
  - name: tallystick
    rules:
${rules.join('\n')}`;
}
