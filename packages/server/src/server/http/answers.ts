/**
 * Bytes of answers that are being made or stand for clients who have not taken them, all connections together. Large
 * ones are patient: they are made a few at a time, so that small ones do not stand behind many of them. All are charged
 * for what they may become until it is known what they are.
 */
import { TallystickError } from 'tallystick/internal/model';
import { Meter } from '../meter.ts';
import { HttpError } from './problem.ts';

/** Share of the budget kept free of large answers. */
const RESERVE = 1 / 4;
const MAKING_MAX = 2;
/** Requests that may wait for room for their answers. */
const WAITING_MAX = 1024;

export class Answers {
  readonly #meter: Meter;
  readonly #line = new Set<Share>();
  /** Large ones. */
  #making = 0;

  /** `all`: what all doors may hold together. */
  constructor(max: number, all?: Meter) {
    this.#meter = new Meter(max, all);
  }

  /** Milliseconds for which the line has not been empty. */
  shortFor(now: number): number {
    return this.#meter.shortFor(now);
  }

  get used(): number {
    return this.#meter.used;
  }

  #fits(bytes: number, patient: boolean): boolean {
    if (!this.#meter.fits(bytes)) return false;
    if (!patient) return true;
    const { used, max } = this.#meter;
    return this.#making < MAKING_MAX && (used === 0 || used + bytes <= max * (1 - RESERVE));
  }

  #take(bytes: number, patient: boolean): void {
    this.#meter.charge(bytes);
    if (patient) this.#making++;
  }

  /** False: the share stands in line, and hears of it when there is room. */
  enter(share: Share, bytes: number, patient: boolean): boolean {
    if ((!patient || this.#line.size === 0) && this.#fits(bytes, patient)) {
      this.#take(bytes, patient);
      return true;
    }
    if (this.#line.size >= WAITING_MAX) {
      throw new HttpError(
        503,
        'lane_full',
        'too many answers stand for clients that do not take them; nothing was done',
      );
    }
    this.#line.add(share);
    this.#meter.wait(this.#next);
    return false;
  }

  leave(share: Share): void {
    this.#line.delete(share);
    if (this.#line.size === 0) this.#meter.forget(this.#next);
  }

  /** One that was patient is not in the making any more; to be followed by what it gives back. */
  made(): void {
    this.#making--;
  }

  give(bytes: number): void {
    this.#meter.give(bytes);
  }

  readonly #next = (): void => {
    for (const share of this.#line) {
      const { bytes, patient } = share.wanted;
      if (!this.#fits(bytes, patient)) {
        this.#meter.wait(this.#next);
        return;
      }
      this.leave(share);
      this.#take(bytes, patient);
      share.admit();
    }
  };
}

/** An answer that waits for room. */
interface Wanted {
  readonly bytes: number;
  readonly patient: boolean;
}

/** One answer's part of them. */
export class Share {
  readonly #answers: Answers;
  #held = 0;
  /** Its answer is large and in the making. */
  #making = false;
  #over = false;
  #waiting: (Wanted & { readonly resolve: () => void; readonly reject: (error: unknown) => void }) | undefined;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  get wanted(): Wanted {
    return this.#waiting!;
  }

  /**
   * Asks for so many bytes, in place of what it holds; a promise if they must be waited for, which rejects when there
   * is nobody any more to be answered. A patient answer (a large one, or a page of a feed) waits behind the large ones.
   */
  take(bytes: number, patient: boolean): Promise<void> | undefined {
    this.settle(0);
    if (this.#over) return Promise.reject(gone());
    if (this.#answers.enter(this, bytes, patient)) {
      this.#has(bytes, patient);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { bytes, patient, resolve, reject };
    });
  }

  #has(bytes: number, patient: boolean): void {
    this.#held = bytes;
    this.#making = patient;
  }

  /** There is room now. */
  admit(): void {
    const { bytes, patient, resolve } = this.#waiting!;
    this.#waiting = undefined;
    this.#has(bytes, patient);
    resolve();
  }

  /** It is there, and mostly smaller than was feared. */
  settle(bytes: number): void {
    if (this.#making) this.#answers.made();
    this.#making = false;
    const more = Math.max(this.#held - bytes, 0);
    this.#held -= more;
    this.#answers.give(more);
  }

  /** The client has it, or has gone. */
  end(): void {
    this.#over = true;
    this.#answers.leave(this);
    this.#waiting?.reject(gone());
    this.#waiting = undefined;
    this.settle(0);
  }
}

function gone(): TallystickError {
  return new TallystickError('connection_lost', 'the client has gone');
}
