/**
 * The caller's span, in bytes of a request's header that are zero otherwise:
 *
 * Ids stand as `traceparent` writes them, first byte first. A context is put into a frame that is sealed already, so
 * that frames without one, nearly all, have nothing to do with it. One that cannot be read is none, and never an error.
 */
import { FrameOffset } from '../model/index.ts';
import { type FrameBytes, resealHeader } from './native.ts';

const TRACE_END: number = FrameOffset.traceForm + 1;
const FORM_W3C = 1;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-|$)/;

/** Puts a `traceparent` into the sealed header at byte `at`; false, and nothing is changed: it is none. */
export function putTrace(frame: FrameBytes, at: number, traceparent: string): boolean {
  const found = TRACEPARENT.exec(traceparent);
  if (found === null) return false;
  const hex = found[1]!.replaceAll('-', '');
  const to = at + FrameOffset.traceId;
  for (let i = 0; i * 2 < hex.length; i++) frame.bytes[to + i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  frame.bytes[at + FrameOffset.traceForm] = FORM_W3C;
  resealHeader(frame, at);
  return true;
}

/** Takes the context out of the sealed header at byte `at`. */
export function clearTrace(frame: FrameBytes, at: number): void {
  frame.bytes.fill(0, at + FrameOffset.traceId, at + TRACE_END);
  resealHeader(frame, at);
}

/**
 * The context in the header at byte `at`, as `traceparent`; undefined: there is none, or none that this version can
 * read.
 */
export function traceAt(bytes: Uint8Array, at: number): string | undefined {
  const { traceId: traceAt, spanId: spanAt, traceFlags, traceForm } = FrameOffset;
  if (bytes[at + traceForm] !== FORM_W3C) return undefined;
  const traceId = hexOf(bytes, at + traceAt, at + spanAt);
  const spanId = hexOf(bytes, at + spanAt, at + traceFlags);
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return `00-${traceId}-${spanId}-${hexOf(bytes, at + traceFlags, at + traceForm)}`;
}

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('hex');
}
