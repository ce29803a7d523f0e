/** Numbers and names of deploy/ that follow from the code, or that several of its files must agree on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOSE_MS } from '../../packages/server/src/cli/end.ts';
import { keyNames, keys } from '../../packages/server/src/config/index.ts';
import { DEVELOPMENT } from '../../packages/server/src/identity/index.ts';

/** Seconds between the last moment at which a server ends by itself and the signal that kills it. */
const SLACK_SECONDS = 20;
/** Descriptors are asked for in steps of this. */
const DESCRIPTORS = 10_000;

const manifest = join(import.meta.dirname, '..', '..', '..', 'package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
const doors = keyNames.filter((name) => name.endsWith('.port') && name !== 'metrics.port' && name !== 'acme.port');
const connections = doors.length * keys['limits.connections'].preset;

export const facts: Readonly<Record<string, string | number>> = {
  version: version,
  configVariable: 'TALLYSTICK_CONFIG',
  developmentIssuer: DEVELOPMENT,
  /** How long a server that was told to end may take before it is killed. */
  graceSeconds: Math.ceil((keys['limits.drain'].preset + CLOSE_MS) / 1000) + SLACK_SECONDS,
  nofile: Math.ceil(connections / DESCRIPTORS) * DESCRIPTORS,
  /** Ports of nats-servers: for the node beside it, for its own state, and for the other two. */
  natsPort: 4222,
  monitorPort: 8222,
  routePort: 6222,
  /** OTLP over HTTP. */
  otlpPort: 4318,
  /** Prometheus, and Grafana. */
  prometheusPort: 9091,
  grafanaPort: 3443,
  natsImage: 'nats:2.15-alpine',
  prometheusImage: 'prom/prometheus:v3.5.0',
  grafanaImage: 'grafana/grafana:12.1.0',
  collectorImage: 'otel/opentelemetry-collector:0.161.0',
};
