/** A stage at the end of a byte stream: it says what it is, and answers frames one after the other, in their order. */
import type { Duplex } from 'node:stream';
import { TallystickError } from 'tallystick/internal';
import { bytesOf, type Frame, FrameKind, FrameReader, frameOf, jsonFrame, readForward } from './frames.ts';
import type { Stage } from './stage.ts';

/** What a stage says of itself. */
export interface StageHello {
  readonly fingerprint: string;
  readonly from: number;
  readonly to: number;
  readonly slots: number;
  readonly context: number;
}

/** What a stage says of a request that it refused, or that failed. */
export interface StageFailure {
  readonly code: string;
  readonly message: string;
}

/** Serves one pipeline until the stream ends; then all its requests are forgotten. */
export function serveStage(stage: Stage, hello: StageHello, stream: Duplex, ended: () => void): void {
  const requests = new Set<number>();
  let order = Promise.resolve();
  const take = ({ kind, number, payload }: Frame): void => {
    if (kind === FrameKind.forward) order = order.then(() => forward(stage, number, payload, requests, stream));
    else if (kind === FrameKind.free) {
      const ids = new Uint32Array(payload.buffer, 0, Math.floor(payload.length / 4));
      order = order.then(() => stage.free(ids));
    } else throw new TallystickError('frame_invalid', `stages take no frame of kind ${kind}`);
  };
  const reader = new FrameReader(take);
  const end = (): void => {
    stream.destroy();
    void order.then(() => {
      stage.free(requests);
      ended();
    });
  };
  stream.on('data', (chunk: Uint8Array) => {
    try {
      reader.push(chunk);
    } catch {
      end();
    }
  });
  stream.once('error', end);
  stream.once('close', end);
  stream.write(jsonFrame(FrameKind.hello, 0, hello));
}

async function forward(
  stage: Stage,
  number: number,
  payload: Uint8Array,
  requests: Set<number>,
  stream: Duplex,
): Promise<void> {
  let answer: Uint8Array;
  try {
    const { rows, data } = readForward(payload);
    for (const { request } of rows) requests.add(request);
    answer = frameOf(FrameKind.result, number, [bytesOf(await stage.forward(rows, data))]);
  } catch (error) {
    const code = error instanceof TallystickError ? error.code : 'engine_failed';
    answer = jsonFrame(FrameKind.failed, number, { code, message: (error as Error).message } satisfies StageFailure);
  }
  if (!stream.destroyed) stream.write(answer);
}
