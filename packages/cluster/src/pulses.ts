/** Pending transfers whose time has come are ended by a batch like any other, one at a time. */
import { type Engine, isPulseDue } from 'tallystick/internal';
import { askedPulse } from './asked.ts';
import type { Leader } from './leader.ts';

export class Pulses {
  readonly #engine: Engine;
  #underway = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Asks the leader for a pulse, if one is due. */
  look(leader: Leader): void {
    if (this.#underway || !isPulseDue(this.#engine)) return;
    this.#underway = true;
    const done = (): void => {
      this.#underway = false;
    };
    leader.ask(askedPulse(done));
  }
}
