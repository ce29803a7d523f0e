/**
 * The native protocol's frame: the ring's own cells. A header cell of 128 bytes and the body's cells, little-endian; a
 * reply has the same shape, and the same session and request numbers. docs/internals/native-protocol.md.
 */
import { CELL_SIZE, FRAME_MAGIC, FRAME_VERSION, FrameOffset, FrameOperation, TallystickError } from '../model/index.ts';
import { crc32 } from '../platform/index.ts';

/** Operations of the protocol itself. */
export const Control: typeof FrameOperation = FrameOperation;
/** Cells of a body at most: with its header a frame is never larger than 1 MiB. */
export const BODY_CELLS_MAX: number = 2 ** 20 / CELL_SIZE - 1;

/** The fields of a header, except the session, which belongs to the connection. */
export interface FrameHeader {
  readonly operation: number;
  readonly request: number;
  /** Events, or records of a reply. */
  readonly count: number;
  /** Bytes of the body that mean something; the rest of its last cell is zero. */
  readonly size: number;
  readonly status: number;
  /** 0 normal, 1 high, 2 critical. */
  readonly lane: number;
  /** Nanoseconds since the epoch; 0: the ledger's own clock. */
  readonly timestamp: bigint;
  /** For how long the caller waits, milliseconds; 0 or nothing: as long as it takes. */
  readonly timeoutMs?: number;
  /** The last op that the server has vouched for, in a reply. */
  readonly op?: number;
  /** 1 in a request: a node that does not lead may answer. In a reply: how old it may be, milliseconds. */
  readonly staleness?: number;
  /** Whether the reply is to be kept; {@link Asking.once} by default. */
  readonly once?: number;
  /** Requests of the session before that number were answered. */
  readonly answered?: number;
}

/** What the client of a request wants of its reply. */
export const Asking = {
  /** Nothing but to have it: it will not ask again. */
  once: 0,
  /** It is to be kept: the client asks again if it does not get it. */
  kept: 1,
  /** The client asks again. */
  again: 2,
} as const;

/** The same bytes, two ways to see them. */
export interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Cells that hold `size` bytes. */
export function cellsCount(size: number): number {
  return (size + CELL_SIZE - 1) >>> 7;
}

/** Bytes of a frame with a body of `size` bytes. */
export function frameSize(size: number): number {
  return CELL_SIZE * (1 + cellsCount(size));
}

/**
 * Writes the header at byte `at` in front of a body that is there already, clears the rest of the body's last cell, and
 * computes both checksums. `session` is 16 bytes. Returns the frame's size in bytes.
 */
export function sealFrame({ bytes, view }: FrameBytes, at: number, header: FrameHeader, session: Uint8Array): number {
  const { size } = header;
  const cells = cellsCount(size);
  const body = at + CELL_SIZE;
  const end = body + cells * CELL_SIZE;
  if (body + size !== end) bytes.fill(0, body + size, end);
  bytes.fill(0, at, body);
  if (header.timestamp !== 0n) view.setBigUint64(at + FrameOffset.timestamp, header.timestamp, true);
  if (header.timeoutMs !== undefined) view.setUint32(at + FrameOffset.timeout, header.timeoutMs, true);
  if (header.op !== undefined && header.op !== 0) putOp(view, at, header.op);
  if (header.staleness !== undefined) view.setUint32(at + FrameOffset.staleness, header.staleness, true);
  if (header.once !== undefined) {
    view.setUint32(at + FrameOffset.once, header.once, true);
    view.setUint32(at + FrameOffset.answeredBefore, header.answered ?? 0, true);
  }
  view.setUint32(at + FrameOffset.count, header.count, true);
  view.setUint32(at + FrameOffset.cells, cells, true);
  view.setUint16(at + FrameOffset.operation, header.operation, true);
  view.setUint16(at + FrameOffset.version, FRAME_VERSION, true);
  bytes.set(session, at + FrameOffset.session);
  view.setUint32(at + FrameOffset.request, header.request, true);
  view.setUint32(at + FrameOffset.lane, header.lane, true);
  view.setUint32(at + FrameOffset.magic, FRAME_MAGIC, true);
  view.setUint32(at + FrameOffset.size, size, true);
  view.setUint32(at + FrameOffset.status, header.status, true);
  view.setUint32(at + FrameOffset.checksumBody, cells === 0 ? 0 : crc32(bytes.subarray(body, end)), true);
  view.setUint32(at + FrameOffset.checksum, headerChecksum(bytes, at), true);
  return end - at;
}

/**
 * Says in the sealed header at byte `at` that the request is sent again; `since`: the op known when it was sent first.
 */
export function askAgain(frame: FrameBytes, at: number, since: number): void {
  putOp(frame.view, at, since);
  frame.view.setUint32(at + FrameOffset.once, Asking.again, true);
  resealHeader(frame, at);
}

function putOp(view: DataView, at: number, op: number): void {
  view.setUint32(at + FrameOffset.op, op >>> 0, true);
  view.setUint32(at + FrameOffset.op + 4, op / 2 ** 32, true);
}

/** The op in the header at byte `at`. */
export function opAt(view: DataView, at: number): number {
  return view.getUint32(at + FrameOffset.op, true) + view.getUint32(at + FrameOffset.op + 4, true) * 2 ** 32;
}

/** Makes the checksum of the header at byte `at` again, which has been changed. */
export function resealHeader({ bytes, view }: FrameBytes, at: number): void {
  view.setUint32(at + FrameOffset.checksum, headerChecksum(bytes, at), true);
}

function headerChecksum(bytes: Uint8Array, at: number): number {
  return crc32(bytes.subarray(at + 4, at + CELL_SIZE));
}

/**
 * Cells of the body behind the header at byte `at`. Throws `frame_invalid` or `version_mismatch`, whatever the bytes.
 */
export function checkHeader({ bytes, view }: FrameBytes, at: number): number {
  if (view.getUint32(at + FrameOffset.magic, true) !== FRAME_MAGIC)
    throw invalidFrame('a frame does not begin with the magic number of the native protocol');
  if (view.getUint32(at + FrameOffset.checksum, true) !== headerChecksum(bytes, at)) {
    throw invalidFrame("a frame's header does not match its checksum");
  }
  const version = view.getUint16(at + FrameOffset.version, true);
  if (version !== FRAME_VERSION) {
    throw new TallystickError(
      'version_mismatch',
      `the other side speaks version ${version}, this one ${FRAME_VERSION}`,
    );
  }
  const cells = view.getUint32(at + FrameOffset.cells, true);
  const size = view.getUint32(at + FrameOffset.size, true);
  if (cells > BODY_CELLS_MAX) throw invalidFrame(`a body of ${cells} cells is larger than ${BODY_CELLS_MAX}`);
  if (cells !== cellsCount(size)) throw invalidFrame(`a body of ${size} bytes does not fill ${cells} cells`);
  return cells;
}

/** Throws `frame_invalid` unless `checksum` is the one that the header at byte `at` names for its body. */
export function checkBody(view: DataView, at: number, checksum: number): void {
  if (view.getUint32(at + FrameOffset.checksumBody, true) !== checksum) {
    throw invalidFrame("a frame's body does not match its checksum");
  }
}

export function invalidFrame(message: string): TallystickError {
  return new TallystickError('frame_invalid', message);
}
