/**
 * Where numbers come from: whatever the server has, handed over as it comes to life. Rooms below count; nothing here is
 * told of each event.
 */
import type { DoorCounters, LogHistogram } from 'tallystick/internal/base';
import type { Engine, Recovery, RecoveryProgress } from 'tallystick/internal/engine';
import type { Sweep, Sweeper } from 'tallystick/internal/shard';
import type { Heartbeat } from './heartbeat.ts';

/** `starting` → `recovering` → `ready` → `draining`; `failed` at any time. */
export type State = 'starting' | 'recovering' | 'ready' | 'draining' | 'failed';
export const STATES: readonly State[] = ['starting', 'recovering', 'ready', 'draining', 'failed'];

export type Role = 'following' | 'leading' | 'alone';
export const ROLES: readonly Role[] = ['following', 'leading', 'alone'];

export type LaneName = 'critical' | 'high' | 'normal';
export const LANE_NAMES: readonly LaneName[] = ['critical', 'high', 'normal'];

/** The ingress, as far as it is watched. */
export interface Lanes {
  depth(lane: LaneName): number;
  readonly statistics: { readonly [lane in LaneName]: { readonly requests: number; readonly refused: number } };
}

/** A node of a cluster, as it stands among the others. */
export interface Standing {
  readonly role: 'following' | 'leading' | 'ended';
  /** The leader's, as far as this node has read. */
  readonly epoch: number;
  /** The op of the last batch that this node has read. */
  readonly op: number;
  /** Since this node was last known to have everything that the cluster had stored; a whole number below 2^32. */
  readonly ageMs: number;
  /** Records that another node has read, and this one has not. */
  readonly behind: number;
  /** The last op up to which another node has made the same of all batches. */
  readonly agreedOp: number;
  /** Servers whose copies of the order are damaged. */
  readonly damagedCopies: number;
  /** From a record's leave until a quorum has it. */
  readonly quorum: LogHistogram;
}

/**
 * A node that has not known for so long that it has everything neither follows nor leads: a stream that has lost its
 * leader takes up to 9 s for the next one.
 */
const AGE_MS_MAX = 15_000;

/** An engine and the findings of its opening. */
export interface Opened {
  readonly engine: Engine;
  readonly recovery?: Recovery;
  readonly fence?: bigint;
}

/** Another system behind the doors, in place of an engine. */
export interface Backend {
  /** It has answered a moment ago. */
  readonly answers: boolean;
}

/** Settlement between shards, as far as it is watched. */
export interface Settlement {
  readonly counts: Sweeper['counts'];
  /** What the last look for settlements that stand still has found. */
  readonly last: Sweep;
  /** Nanoseconds, by the clock that `last.oldest` is a time of. */
  now(): bigint;
}

/** What services have counted, as far as it is watched. */
export interface ServiceFigures {
  /** Payments by verb, and by what became of them. */
  readonly payments: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How long requests took, by verb. */
  readonly latency: ReadonlyMap<string, LogHistogram>;
  /** Refused payments, by code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Requests that did not come in, by code. */
  readonly turnedAway: ReadonlyMap<string, number>;
  /** Attempts to deliver an event, by outcome. */
  readonly webhooks: ReadonlyMap<string, number>;
  /** Seconds that the oldest event waits which a receiver failed to take; undefined: there are no webhooks. */
  readonly webhookAge: (() => number) | undefined;
  /** Names that were looked up, by outcome; undefined: there is no screening. */
  readonly screened: ReadonlyMap<string, number> | undefined;
}

/** How long a certificate is still good: in seconds, and as a share of its life. */
export interface CertificateLeft {
  readonly what: string;
  readonly seconds: number;
  readonly share: number;
}

/** Everything that is watched in one server. */
export class Sources {
  readonly version: string;
  readonly doors: DoorCounters[] = [];
  lanes: Lanes | undefined;
  heartbeat: Heartbeat | undefined;
  /** Undefined where the ledger is not one of several. */
  standing: Standing | undefined;
  /** How far opening has come, or had. */
  recovering: RecoveryProgress | undefined;
  /** What is left of certificates; undefined without TLS. */
  certificates: { readonly left: readonly CertificateLeft[] } | undefined;
  /** Secrets that are looked at again; undefined where there are none. */
  secrets: { readonly failing: boolean } | undefined;
  /** Bytes that all doors hold for clients. */
  budget: { readonly used: number } | undefined;
  #state: State = 'starting';
  /** The engines, in the order of their shards where there are several. */
  readonly opened: Opened[] = [];
  /** Undefined where the ledger is one of ours. */
  backend: Backend | undefined;
  /** Undefined where there are no services. */
  services: ServiceFigures | undefined;
  /** Settlement between shards; undefined where there is one ledger. */
  settlement: Settlement | undefined;

  constructor(version: string) {
    this.version = version;
  }

  /** The state of the server: `failed` if an engine has failed, whatever was set. */
  get state(): State {
    return this.opened.some(({ engine }) => engine.failure !== undefined) ? 'failed' : this.#state;
  }

  set state(state: State) {
    this.#state = state;
  }

  /** Share of the journal behind the newest snapshot that is replayed; undefined before opening. */
  get recovered(): number | undefined {
    if (this.opened.length > 0) return 1;
    if (this.recovering === undefined) return undefined;
    const { bytes, bytesTotal } = this.recovering;
    return bytesTotal === 0 ? 0 : bytes / bytesTotal;
  }

  get ready(): boolean {
    const works = this.state === 'ready' && this.#accepting && this.stuck.length === 0;
    return works && this.role !== 'alone';
  }

  get #accepting(): boolean {
    if (this.backend !== undefined) return this.backend.answers;
    return this.opened.length > 0 && this.opened.every(({ engine }) => engine.accepting);
  }

  /** `alone`: a node of a cluster that neither follows nor leads. Undefined where there is no cluster. */
  get role(): Role | undefined {
    if (this.standing === undefined) return undefined;
    const { role, ageMs } = this.standing;
    return role === 'ended' || ageMs > AGE_MS_MAX ? 'alone' : role;
  }

  /** Threads that do not move, by name. */
  get stuck(): readonly string[] {
    return this.heartbeat?.stuck.map(({ name }) => name) ?? [];
  }

  /** Whether it may go on; if not, a restart is the only hope. */
  get live(): boolean {
    return this.state !== 'failed' && this.heartbeat?.isDead !== true;
  }
}
