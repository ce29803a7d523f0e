/**
 * A server: a ledger, its doors, and those who watch it, put together as configured. It leaves signals and the end of
 * the process to its caller.
 */

import { once } from 'tallystick/internal/engine';
import { ObjectLedger, type Port, TallystickError } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import { type Loaded, withAcme } from '../config/index.ts';
import type { Logger, WatchedThread } from '../observe/index.ts';
import { Ingress, poolOf } from '../server/index.ts';
import { openAcme } from './acme.ts';
import { anchoring, type Beginning, openTrail, signerOf } from './audit.ts';
import { openDoors } from './doors.ts';
import { openBudget, openGate } from './gate.ts';
import { laneOptions } from './lane-options.ts';
import { startObservers } from './observers.ts';
import type { ConnectBackend } from './open-backend.ts';
import type { Ground, OpenDoor } from './open-door.ts';
import { openLedger } from './open-ledger.ts';
import type { ServedLedger } from './opening.ts';
import type { Replicate } from './replica.ts';
import { openSecrets } from './secrets.ts';
import { loadSecurity } from './security.ts';
import { type OpenServices, type StartServices, serviceSettings } from './services.ts';
import { openSite, type StartSite } from './site.ts';

/** How often it is looked whether the engine still works. */
const WATCH_MS = 250;

/** What other packages add to a server. */
export interface Parts {
  /** Makes the ledger one of several. */
  readonly replicate?: Replicate | undefined;
  /** Stands on the ledger. */
  readonly services?: StartServices | undefined;
  /** Pages for people, at the HTTP door. */
  readonly site?: StartSite | undefined;
  /** Another system in place of a ledger of ours. */
  readonly backend?: ConnectBackend | undefined;
}

/** Closes one thing that was opened. */
type End = () => Promise<void> | void;

export class LedgerServer {
  readonly log: Logger;
  readonly #loaded: Loaded;
  readonly #ground: Ground;
  readonly #parts: Parts;
  /** In the order in which things were opened. */
  readonly #ends: End[];
  #ledger: ServedLedger | undefined;
  #doors: readonly OpenDoor[] = [];

  private constructor(loaded: Loaded, log: Logger, ground: Ground, ends: End[], parts: Parts) {
    this.log = log;
    this.#loaded = loaded;
    this.#ground = ground;
    this.#parts = parts;
    this.#ends = ends;
  }

  /**
   * Opens what is there before the ledger: security, limits, and those who watch. Rejects with `configuration_invalid`,
   * or `not_listening` for a metrics port that was asked for. `parts`: what other packages add.
   */
  static async prepare(given: Loaded, log: Logger, parts: Parts = {}): Promise<LedgerServer> {
    const { folder, shardServers } = given.configuration;
    if (folder === undefined && shardServers.length === 0) {
      throw new TallystickError('configuration_invalid', 'folder is not set: which ledger?');
    }
    const ends: End[] = [() => log.info({}, 'ended')];
    try {
      const secrets = await openSecrets(given, log);
      ends.push(() => secrets.close());
      const loaded = { ...secrets.loaded, configuration: withAcme(secrets.loaded.configuration) };
      const { configuration } = loaded;
      const keeper = await openAcme(configuration, log);
      ends.push(() => keeper?.close());
      const security = await loadSecurity(configuration, log);
      ends.push(() => security.close());
      const gate = openGate(configuration, log);
      const budget = openBudget(configuration, log);
      const observers = await startObservers(loaded, log, security, gate.house);
      ends.push(() => observers.close());
      observers.sources.budget = budget;
      observers.sources.certificates = security.certificates;
      observers.sources.secrets = secrets;
      log.info(
        { version: version(), cluster: String(configuration['cluster.id']), nodes: configuration['cluster.ips'] },
        'starting',
      );
      return new LedgerServer(loaded, log, { gate, budget, security, observers }, ends, parts);
    } catch (error) {
      await endAll(ends);
      throw error;
    }
  }

  /**
   * Recovers the ledger and opens the doors; false if `signal` was aborted before the ledger was recovered. Rejects as
   * opening a ledger does, or with `not_listening`. Whatever came of it, the server is to be closed.
   */
  async open(signal: AbortSignal): Promise<boolean> {
    const { configuration } = this.#loaded;
    const { sources } = this.#ground.observers;
    sources.state = 'recovering';
    const where = { address: () => this.#address, http: () => this.#http };
    const opened = await openLedger(configuration, this.#ground.observers, signal, this.#parts, where);
    if (opened === undefined) return false;
    const { engines, port, ledgerId, replica } = opened;
    this.#ledger = opened;
    sources.heartbeat?.start(() => threadsOf(engines));
    sources.standing = replica?.standing;
    this.#ends.push(() => opened.close());
    if (replica !== undefined) this.#ends.push(() => replica.leave());
    const lanes = new Ingress(port, laneOptions(configuration));
    this.#ends.push(() => lanes.close());
    sources.lanes = lanes;
    const pool = poolOf(configuration['lanes.normal.credit']);
    const served = {
      ledgerId,
      get op() {
        return engines.reduce((sum, { op }) => sum + op, 0);
      },
      get ageMs() {
        return replica?.standing.ageMs ?? 0;
      },
      get leaderHttp() {
        return replica?.leaderHttp();
      },
    };
    // Shards do not keep replies for each other: there, a request that is sent again is done again.
    const [engine, ...others] = engines;
    const isOne = engine !== undefined && others.length === 0;
    const doorstep = isOne ? once(engine.window, replica?.lead)(lanes) : lanes;
    this.#startAudit(doorstep, served);
    const { http: services, grpc: grpcServices } = await this.#startServices(doorstep, ledgerId);
    const site = await openSite(this.#parts.site, this.#loaded.configuration, sources, this.log);
    const doors = await openDoors(this.#loaded, {
      ...this.#ground,
      lanes: doorstep,
      pool,
      served,
      services,
      grpcServices,
      site,
    });
    this.#doors = doors;
    this.#ends.push(() => this.#drain());
    if (replica !== undefined) this.#ends.push(() => replica.resign());
    sources.state = 'ready';
    return true;
  }

  /** From here on it is written down what callers do. */
  #startAudit(port: Port, served: Beginning): void {
    const { configuration } = this.#loaded;
    const trail = openTrail(configuration, this.log, served);
    this.#ground.security.records.begin(trail);
    if (trail === undefined) return;
    const { 'audit.anchor': everyMs, 'node.id': node } = configuration;
    const whose = { node, sign: signerOf(configuration) };
    this.#ends.push(anchoring(trail, new ObjectLedger(port), everyMs, this.log, whose));
  }

  async #startServices(port: Port, ledgerId: bigint): Promise<Pick<OpenServices, 'http' | 'grpc'>> {
    if (this.#parts.services === undefined) return { http: [], grpc: [] };
    const settings = serviceSettings(this.#loaded.configuration, ledgerId);
    const started = await this.#parts.services({ ledger: new ObjectLedger(port), log: this.log, ...settings });
    this.#ends.push(() => started.close());
    this.#ground.observers.sources.services = started.counts;
    return { http: started.http, grpc: started.grpc };
  }

  /** Addresses of the open doors, such as tcp://127.0.0.1:3000. */
  get urls(): string[] {
    return this.#doors.map(({ url }) => url);
  }

  /** Where the clients of a cluster find this node: as configured, or its native door. */
  get #address(): string {
    const { 'cluster.ips': ips, 'node.id': node } = this.#loaded.configuration;
    const configured = ips[node];
    if (configured === undefined) return this.urls[0] ?? '';
    return configured.includes('://') ? configured : `tcp://${configured}`;
  }

  /** Where they find its HTTP door: on the same machine. */
  get #http(): string {
    const door = this.urls.find((url) => /^https?:/.test(url));
    if (door === undefined) return '';
    const url = new URL(door);
    const { 'cluster.ips': ips, 'node.id': node } = this.#loaded.configuration;
    // The address of a setting has a port, which is the native door's.
    if (ips[node] !== undefined) url.hostname = new URL(this.#address.replace(/^\w+:/, 'http:')).hostname;
    return url.origin;
  }

  /** Threads that stand still, by name. */
  get stuck(): readonly string[] {
    return this.#ground.observers.sources.stuck;
  }

  /**
   * Resolves, to the reason, when an engine of an open server cannot go on. The log says on the way when one takes no
   * creates, and when all do again.
   */
  failure(): Promise<unknown> {
    const { log } = this;
    const { engines } = this.#ledger!;
    let refused = false;
    return new Promise((resolve) => {
      const watching = setInterval(() => {
        const why = engines.find(({ writesRefused }) => writesRefused !== undefined)?.writesRefused;
        if (refused !== (why !== undefined)) {
          refused = !refused;
          if (refused) log.error({ err: why }, 'creates are refused; reads go on');
          else log.warn({}, 'creates are taken again');
        }
        const failure = failureOf(engines);
        if (failure === undefined) return;
        clearInterval(watching);
        resolve(failure);
      }, WATCH_MS);
      watching.unref();
    });
  }

  /** Answers what was sent, and closes everything, the last that was opened first. */
  async close(): Promise<void> {
    if (this.#doors.length > 0) {
      this.#ground.observers.sources.state = 'draining';
      const failed = failureOf(this.#ledger?.engines ?? []);
      if (failed === undefined) this.log.info({}, 'draining');
      else this.log.fatal({ err: failed }, 'the engine cannot go on');
    }
    await endAll(this.#ends);
  }

  async #drain(): Promise<void> {
    const milliseconds = this.#loaded.configuration['limits.drain'];
    await Promise.all(this.#doors.map((door) => door.drain(milliseconds)));
    this.log.info({}, 'drained');
  }
}

async function endAll(ends: readonly End[]): Promise<void> {
  for (const end of ends.toReversed()) await end();
}

function failureOf(engines: ServedLedger['engines']): unknown {
  return engines.find(({ failure }) => failure !== undefined)?.failure;
}

/** Threads of a shard say whose they are. */
function threadsOf(engines: ServedLedger['engines']): readonly WatchedThread[] {
  if (engines.length === 1) return engines[0]!.threads;
  return engines.flatMap(({ threads }, shard) => threads.map((thread) => ({ ...thread, shard })));
}
