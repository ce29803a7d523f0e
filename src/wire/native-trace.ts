/**
 * The caller's span, in bytes of a request's header that are zero otherwise:
 *
 *   100 trace id u8[16] · 116 span id u8[8] · 124 trace flags u8 · 125 form u8 (0 no context, 1 W3C's, version 00) · 126 zeros
 *
 * Ids stand as `traceparent` writes them, first byte first. A context is put into a frame that is sealed already, so that frames without one, nearly all, have
 * nothing to do with it. One that cannot be read is none, and never an error.
 */
import { type FrameBytes, FrameOffset, resealHeader } from './native.ts';

const TRACE_SIZE = 28;
const FORM_W3C = 1;
const At = { spanId: 16, flags: 24, form: 25 } as const;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-|$)/;

/** Puts a `traceparent` into the sealed header at byte `at`; false, and nothing is changed: it is none. */
export function putTrace(frame: FrameBytes, at: number, traceparent: string): boolean {
  const found = TRACEPARENT.exec(traceparent);
  if (found === null) return false;
  const hex = found[1]!.replaceAll('-', '');
  const to = at + FrameOffset.trace;
  for (let i = 0; i * 2 < hex.length; i++) frame.bytes[to + i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  frame.bytes[to + At.form] = FORM_W3C;
  resealHeader(frame, at);
  return true;
}

/** Takes the context out of the sealed header at byte `at`. */
export function clearTrace(frame: FrameBytes, at: number): void {
  const from = at + FrameOffset.trace;
  frame.bytes.fill(0, from, from + TRACE_SIZE);
  resealHeader(frame, at);
}

/** The context in the header at byte `at`, as `traceparent`; undefined: there is none, or none that this version can read. */
export function traceAt(bytes: Uint8Array, at: number): string | undefined {
  const from = at + FrameOffset.trace;
  if (bytes[from + At.form] !== FORM_W3C) return undefined;
  const traceId = hexOf(bytes, from, from + At.spanId);
  const spanId = hexOf(bytes, from + At.spanId, from + At.flags);
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return `00-${traceId}-${spanId}-${hexOf(bytes, from + At.flags, from + At.form)}`;
}

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('hex');
}
