/** One stage as its pipeline sees it: a stream of frames, and whatever keeps the stage at the other end alive. */
import type { Duplex } from 'node:stream';
import { TallystickError } from 'tallystick/internal';
import {
  bytesOf,
  type Frame,
  FrameKind,
  FrameReader,
  forwardFrame,
  frameOf,
  type Row,
  readFloats,
  readJson,
} from './frames.ts';
import type { StageFailure, StageHello } from './stage-server.ts';

interface Waiting {
  readonly done: (found: Float32Array) => void;
  readonly failed: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class StageLink {
  readonly name: string;
  /** Resolves with the reason once the stage cannot be used any more. */
  readonly lost: Promise<Error>;
  readonly #stream: Duplex;
  readonly #stepMsMax: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #hello: Promise<StageHello>;
  #greet!: (hello: StageHello) => void;
  #refuse!: (error: Error) => void;
  #lose!: (error: Error) => void;
  #number = 0;
  #failure: Error | undefined;

  /** `stepMsMax`: a stage that answers no request for this long is lost. */
  constructor(name: string, stream: Duplex, stepMsMax: number) {
    this.name = name;
    this.#stream = stream;
    this.#stepMsMax = stepMsMax;
    this.#hello = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuse = reject;
    });
    this.#hello.catch(() => {});
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    const reader = new FrameReader((frame) => this.#take(frame));
    stream.on('data', (chunk: Uint8Array) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.fail(error as Error);
      }
    });
    stream.once('error', (error) => this.fail(lost(name, error.message)));
    stream.once('close', () => this.fail(lost(name, 'its connection ended')));
  }

  /** Rejects with the stage's own reason if it cannot begin. */
  hello(): Promise<StageHello> {
    return this.#hello;
  }

  /** Rejects with `stage_lost`, or with what the stage says of the rows; then the stage has computed nothing. */
  forward(rows: readonly Row[], data: Int32Array | Float32Array): Promise<Float32Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#number += 1;
    const number = this.#number;
    return new Promise((done, failed) => {
      const late = (): void => this.fail(lost(this.name, `it has not answered for ${this.#stepMsMax} ms`));
      this.#waiting.set(number, { done, failed, timer: setTimeout(late, this.#stepMsMax) });
      this.#stream.write(forwardFrame(number, rows, data));
    });
  }

  /** Lets the stage forget requests, after what was sent before. */
  free(requests: readonly number[]): void {
    if (this.#failure === undefined) {
      this.#stream.write(frameOf(FrameKind.free, 0, [bytesOf(Uint32Array.from(requests))]));
    }
  }

  /** The stage is good for nothing more. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#refuse(error);
    this.#lose(error);
    this.#stream.destroy();
    for (const { failed, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      failed(error);
    }
    this.#waiting.clear();
  }

  #take({ kind, number, payload }: Frame): void {
    if (kind === FrameKind.hello) this.#greet(readJson(payload));
    else if (kind === FrameKind.failed && number === 0) {
      this.fail(errorOf(readJson<StageFailure>(payload)));
    } else {
      const waiting = this.#waiting.get(number);
      if (waiting === undefined) throw lost(this.name, `it answered ${number}, which was not asked`);
      this.#waiting.delete(number);
      clearTimeout(waiting.timer);
      if (kind === FrameKind.result) waiting.done(readFloats(payload));
      else waiting.failed(errorOf(readJson<StageFailure>(payload)));
    }
  }
}

/** Codes that a stage may say; anything else is a stage that went wrong. */
const known = new Set(['invalid_argument', 'model_invalid', 'package_missing', 'not_found', 'frame_invalid']);

function errorOf({ code, message }: StageFailure): TallystickError {
  return new TallystickError(known.has(code) ? (code as 'invalid_argument') : 'stage_lost', message);
}

export function lost(name: string, why: string): TallystickError {
  return new TallystickError('stage_lost', `${name} of the model was lost: ${why}`);
}
