/** Prints docs/operating/metrics.md from the declared metrics and alerts. */
import { metrics } from '../../packages/server/src/observe/index.ts';
import { alerts } from './alerts.ts';
import { markdownTable } from './markdown.ts';

const code = (text: string): string => `\`${text}\``;

export function printMetrics(): string {
  const rows = Object.values(metrics).map(({ name, type, labels, about, unit, buckets }) => [
    code(name),
    type,
    unit === 'none' ? '' : unit,
    labels.map(code).join(', '),
    buckets === undefined ? about : `${about} ${buckets.length} buckets from ${buckets[0]} to ${buckets.at(-1)}.`,
  ]);
  const alertRows = alerts.map(({ name, severity, summary, next, for: after, runbook }) => [
    name,
    severity,
    after === '0s' ? 'at once' : after,
    summary,
    `${next} [Runbook](${runbook})`,
  ]);
  return `<!-- Printed by scripts/generate.ts from packages/server/src/observe/metrics.ts and scripts/generate/alerts.ts:
     change those, then \`npm run generate\`. -->

# Metrics

A server answers on its metrics port ([127.0.0.1:9090](configuration.md#metrics) by default) from before recovery until
its end:

| path | answers |
|---|---|
| \`/metrics\` | everything below, in Prometheus' text format |
| \`/live\` | 200; 503 when the engine has failed, or when one of its threads has not moved for 55 s: restart the server |
| \`/ready\` | 200 while the server takes requests; 503 while it is starting, recovering, draining or failed, or while a thread has not moved for 4 s (the builder for 30 s) |

\`/live\` and \`/ready\` name the state, such as \`{"state":"recovering","recovered":0.42}\`. While a ledger is recovered,
\`/live\` answers 200, and \`recovered\` is the share of the journal that is replayed. \`/metrics\` asks for
\`metrics.token\` if one is set. Where the doors ask for tokens or client certificates, \`/metrics\` does so as well, and
accepts either token. If TLS is set up, the port speaks TLS.

\`tallystick top [ADDRESS]\` shows the same numbers as they change; \`--once\` prints one picture and leaves.

\`\`\`yaml
scrape_configs:
  - job_name: tallystick
    static_configs: [{ targets: ['127.0.0.1:9090'] }]
\`\`\`

- Dashboards for Grafana: [deploy/dashboards/](../../deploy/dashboards): overview, doors and lanes, journal and disk,
  cluster, services, AI. Each leads to the others.
- Alert rules: [deploy/alerts/tallystick.yml](../../deploy/alerts/tallystick.yml). They expect the job to be called
  \`tallystick\`. Their \`runbook_url\` is the page of the [site](site.md) below its root. [Objectives](slo.md) have
  alerts of their own.
- Exemplars: to a scraper that takes OpenMetrics the latency histogram names the last sampled trace of each bucket
  (Prometheus: \`--enable-feature=exemplar-storage\`), from where the dashboards lead to the [trace](tracing.md).

Agents count in plain numbers of the shared memory, and \`/metrics\` reads those numbers. A passing event costs nothing
for its metrics; a refused one costs one addition. Counters begin at 0 with each start. A series appears with its first
value: a lane without a request through a door has no latency.

Counting costs 12 ns for a request of one transfer and 2 ns for a transfer in a batch of 8,189
(\`npm run bench -- metrics\`, 2026-11-21, two ledgers in memory taking turns, one of which does not count;
[figures](../../bench/results/metrics/2026-11-21-8774d07.json)). In memory, without door and disk, that is 2.7 % and
1.0 %. It is 0.4 % and 0.5 % of the time that a durable transfer takes through the fastest door of its kind (MessagePack
3.2 µs, native TCP 0.47 µs).

## What is counted

${markdownTable(['name', 'type', 'unit', 'labels', 'meaning'], rows)}

The Prometheus client for Node adds the metrics of any Node process: \`process_cpu_seconds_total\`,
\`process_resident_memory_bytes\`, \`nodejs_eventloop_lag_p99_seconds\`, \`nodejs_gc_duration_seconds\` and others.

## Alerts

${markdownTable(['alert', 'severity', 'after', 'what', 'what to do'], alertRows)}
`;
}
