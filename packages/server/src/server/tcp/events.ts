/**
 * A request's events on their way from the socket to the ring: in the socket's memory if they get there at once, else
 * in a slab until they do.
 */
import { type Cells, FrameStatus, type Operation, type Port } from 'tallystick/internal/model';
import { encodeError, type Frame, type Slabs } from 'tallystick/internal/wire';
import type { Access } from '../../identity/index.ts';
import { contextOf, type Terms } from '../context.ts';
import { notForReplay } from './check.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { heardIn } from './port.ts';

/** The same frame, with its body where it stays; to be released. */
export function keptFrame(frame: Frame, slabs: Slabs): Frame {
  if (frame.slab !== undefined) return frame;
  const { length } = frame.body;
  const slab = slabs.withRoom(length);
  const at = slabs.claim(slab, length);
  const body = slab.cells.bytes.subarray(at, at + length);
  body.set(frame.body);
  return { ...frame, body, slab };
}

/** Gives the body's slab back. */
export function releaseFrame(frame: Frame | undefined, slabs: Slabs): void {
  if (frame?.slab !== undefined) slabs.release(frame.slab);
}

/** What the requests of a connection have in common. */
export interface Sending extends Pick<ConnectionOptions, 'slabs' | 'counters'> {
  readonly terms: Terms;
  /** The session, as text. */
  readonly session: string;
}

/**
 * Makes a request of a frame. `answered` gets the reply where it lies; `failed` gets the error. The frame's body must
 * stay where it is until this returns. An unanswered frame is copied to a slab: `write` may be called twice, first in a
 * shared batch and, if that was refused, alone.
 */
export function sendFrame(
  port: Port,
  frame: Frame,
  { slabs, counters, terms, session }: Sending,
  answered: (cells: Cells, at: number, size: number) => void,
  failed: (error: unknown) => void,
): void {
  /** Undefined once the events are not needed any more. */
  let held: Frame | undefined = frame;
  let written = false;
  const release = (): void => {
    releaseFrame(held, slabs);
    held = undefined;
  };
  port
    .request({
      operation: frame.operation as Operation,
      count: frame.count,
      write: ({ bytes }, at) => {
        bytes.set(held!.body, at);
        written = true;
      },
      read: (cells, at, size) => {
        release();
        answered(cells, at, size);
      },
      context: contextOf(terms, counters, heardIn(frame, session)),
    })
    .catch((error: unknown) => {
      release();
      failed(error);
    });
  // It waits in a lane. What was written at once went alone.
  if (held !== undefined && !written) held = keptFrame(held, slabs);
}

/** Moves the ledger's time on, where clients may; `answered` gets the status and the body of the reply. */
export function sendAdvance(
  { replay: ledger }: Access,
  frame: Frame,
  { slabs, replay }: ConnectionOptions,
  answered: (status: number, body: Uint8Array) => void,
): void {
  releaseFrame(frame, slabs);
  const failed = (error: unknown): void => answered(FrameStatus.error, encodeError(error));
  if (!replay || ledger === undefined) failed(notForReplay());
  else ledger.advance(frame.timestamp).then(() => answered(FrameStatus.ok, new Uint8Array(0)), failed);
}
