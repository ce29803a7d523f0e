/** Where numbers come from: whatever the server has, handed over as it comes to life. Rooms below count; nothing here is told of each event. */
import type { DoorCounters } from '../base/index.ts';
import { type Engine, type EngineNumbers, engineNumbers, type Recovery } from '../engine/index.ts';

/** `starting` → `recovering` → `ready` → `draining`; `failed` at any time. */
export type State = 'starting' | 'recovering' | 'ready' | 'draining' | 'failed';
export const STATES: readonly State[] = ['starting', 'recovering', 'ready', 'draining', 'failed'];

export type LaneName = 'critical' | 'high' | 'normal';
export const LANE_NAMES: readonly LaneName[] = ['critical', 'high', 'normal'];

/** The ingress, as far as it is watched. */
export interface Lanes {
  depth(lane: LaneName): number;
  readonly statistics: { readonly [lane in LaneName]: { readonly requests: number; readonly refused: number } };
}

/** What an engine came with. */
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
  #state: State = 'starting';
  #opened: Opened | undefined;

  constructor(version: string) {
    this.version = version;
  }

  /** What the server is doing. An engine that has failed says so whatever was set. */
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

  get ready(): boolean {
    return this.state === 'ready' && this.#opened?.engine.accepting === true;
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
