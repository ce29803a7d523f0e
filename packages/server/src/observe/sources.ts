/**
 * Where numbers come from: whatever the server has, handed over as it comes to life. Rooms below count; nothing here is
 * told of each event.
 */
import type { DoorCounters } from 'tallystick/internal/base';
import {
  type Engine,
  type EngineNumbers,
  engineNumbers,
  type Recovery,
  type RecoveryProgress,
} from 'tallystick/internal/engine';

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
  /** Bytes that all doors hold for clients. */
  budget: { readonly used: number } | undefined;
  #state: State = 'starting';
  #opened: Opened | undefined;

  constructor(version: string) {
    this.version = version;
  }

  /** The state of the server: `failed` if its engine has failed, whatever was set. */
  get state(): State {
    return this.#opened?.engine.failure === undefined ? this.#state : 'failed';
  }

  set state(state: State) {
    this.#state = state;
  }

  /** Recovered; the server says itself when it is `ready`. */
  opened(opened: Opened): void {
    this.#opened = opened;
  }

  /** Share of the journal behind the newest snapshot that is replayed; undefined before opening. */
  get recovered(): number | undefined {
    if (this.#opened !== undefined) return 1;
    if (this.recovering === undefined) return undefined;
    const { bytes, bytesTotal } = this.recovering;
    return bytesTotal === 0 ? 0 : bytes / bytesTotal;
  }

  get ready(): boolean {
    const works = this.state === 'ready' && this.#opened?.engine.accepting === true && this.stuck.length === 0;
    return works && this.role !== 'alone';
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

  get engine(): EngineNumbers | undefined {
    return this.#opened === undefined ? undefined : engineNumbers(this.#opened.engine);
  }

  get recovery(): Recovery | undefined {
    return this.#opened?.recovery;
  }

  get fence(): bigint | undefined {
    return this.#opened?.fence;
  }
}
