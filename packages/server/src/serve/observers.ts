/**
 * Those who watch a server: its log, its metrics port, its traces. They are there before the ledger is opened and leave
 * after it is closed.
 */
import type { House } from 'tallystick/internal/base';
import type { Port, TallystickError } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import { traced } from 'tallystick/internal/trace';
import type { Loaded } from '../config/index.ts';
import { type Authenticator, bearer, checkScope } from '../identity/index.ts';
import { createLogger, Heartbeat, type Logger, MetricsServer, Sources, startTracing } from '../observe/index.ts';
import type { Security } from './security.ts';

export interface Observers {
  readonly log: Logger;
  readonly sources: Sources;
  /** Whether somebody wants spans. */
  readonly traces: boolean;
  /** The port for a door: with spans, when there is somebody to send them to; else the very same port. */
  watched(port: Port, door: string): Promise<Port>;
  close(): Promise<void>;
}

export function startLog({ configuration }: Loaded): Promise<Logger> {
  return createLogger({
    level: configuration['log.level'],
    format: configuration['log.format'],
    fields: { node: configuration['node.id'] },
  });
}

export async function startObservers(
  loaded: Loaded,
  log: Logger,
  security: Security,
  house: House,
): Promise<Observers> {
  const { configuration } = loaded;
  const sources = new Sources(version());
  const heartbeat = new Heartbeat(log);
  sources.heartbeat = heartbeat;
  const metrics = await startMetrics(loaded, sources, log, security, house);
  const endpoint = configuration['traces.endpoint'];
  const tracing =
    endpoint === undefined
      ? undefined
      : await startTracing({
          endpoint,
          sampleRatio: configuration['traces.sampleRatio'],
          service: { version: version(), node: String(configuration['node.id']) },
        });
  return {
    log,
    sources,
    traces: tracing !== undefined,
    async watched(port, door) {
      if (tracing === undefined) return port;
      const spans = await traced({ side: 'server', attributes: { 'tallystick.door': door } });
      return spans(port);
    },
    async close() {
      heartbeat.stop();
      await tracing?.close();
      await metrics?.close();
    },
  };
}

/** A port that was not asked for and is taken stays closed; one that was asked for must be had. */
async function startMetrics(
  { configuration, origins }: Loaded,
  sources: Sources,
  log: Logger,
  { certificates, authenticator }: Security,
  house: House,
): Promise<MetricsServer | undefined> {
  const port = configuration['metrics.port'];
  if (port === 'off') return undefined;
  const host = configuration['metrics.host'];
  try {
    const server = await MetricsServer.start(sources, {
      host,
      port,
      house,
      tls: certificates,
      token: configuration['metrics.token'],
      authenticate: authenticator && ((header) => mayWatch(authenticator, header)),
    });
    log.info({ host, port: server.port }, 'metrics');
    return server;
  } catch (error) {
    if (origins['metrics.port'].from !== 'default' || !isTaken(error)) throw error;
    log.warn({ host, port }, 'the metrics port is taken: nobody watches this server; set metrics.port');
    return undefined;
  }
}

/** Rejects for a caller that may not read metrics. */
async function mayWatch(authenticator: Authenticator, header: string | undefined): Promise<void> {
  checkScope(await authenticator.authenticate(bearer(header)), 'metrics:read');
}

/** Whether a door could not be opened because somebody else has its port. */
export function isTaken(error: unknown): boolean {
  const { code, cause } = error as TallystickError & { readonly cause?: { readonly code?: unknown } };
  return (code as string) === 'EADDRINUSE' || (cause as { readonly code?: unknown } | undefined)?.code === 'EADDRINUSE';
}
