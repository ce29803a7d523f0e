/**
 * The bodies that the protocol itself needs: hello both ways, and errors.
 *
 *   an error     its code, a space, its message, in UTF-8; and where that is known a zero byte and the
 *                milliseconds to wait, in decimal
 */
import {
  type ErrorCode,
  errorTable,
  HELLO_SIZE,
  HelloOffset,
  TallystickError,
  WELCOME_SIZE,
  WelcomeOffset,
} from '../model/index.ts';
import { invalidFrame } from './native.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes that every server sends; older ones end there. */
const WELCOME_SIZE_MIN: number = WelcomeOffset.traces;
/** Cells of a hello's body at most: who has not said who they are gets no more of our memory. */
export const HELLO_CELLS_MAX = 72;

/** A client's hello. */
export interface Hello {
  /** The cluster that it wants; 0: any. */
  readonly cluster: bigint;
  readonly token: string | undefined;
}

/** A server's answer to a hello. */
export interface Welcome {
  readonly cluster: bigint;
  readonly ledgerId: bigint;
  /** In one request, at most. */
  readonly eventsMax: number;
  /** Credit: requests that may be unanswered at a time. */
  readonly requestsMax: number;
  /** Credit: cells of unanswered requests, headers included; one request may always be sent. */
  readonly cellsMax: number;
  /** Whether requests may bring their own timestamps. */
  readonly replay: boolean;
  /** Whether it wants the callers' spans in the headers of requests: it makes spans of its own below them. */
  readonly traces: boolean;
}

export function encodeHello({ cluster, token }: Hello): Uint8Array {
  const text = encoder.encode(token ?? '');
  const bytes = new Uint8Array(HELLO_SIZE + text.length);
  putU128(new DataView(bytes.buffer), HelloOffset.cluster, cluster);
  bytes.set(text, HELLO_SIZE);
  return bytes;
}

/** Throws `frame_invalid`. */
export function decodeHello(body: Uint8Array): Hello {
  if (body.length < HELLO_SIZE) throw invalidFrame(`a hello of ${body.length} bytes`);
  const token = decoder.decode(body.subarray(HELLO_SIZE));
  return { cluster: getU128(viewOf(body), HelloOffset.cluster), token: token === '' ? undefined : token };
}

export function encodeWelcome(welcome: Welcome): Uint8Array {
  const bytes = new Uint8Array(WELCOME_SIZE);
  const view = new DataView(bytes.buffer);
  putU128(view, WelcomeOffset.cluster, welcome.cluster);
  putU128(view, WelcomeOffset.ledgerId, welcome.ledgerId);
  view.setUint32(WelcomeOffset.eventsMax, welcome.eventsMax, true);
  view.setUint32(WelcomeOffset.requestsMax, welcome.requestsMax, true);
  view.setUint32(WelcomeOffset.cellsMax, welcome.cellsMax, true);
  view.setUint32(WelcomeOffset.replay, welcome.replay ? 1 : 0, true);
  view.setUint32(WelcomeOffset.traces, welcome.traces ? 1 : 0, true);
  return bytes;
}

/** Throws `frame_invalid`. Later versions may say more. */
export function decodeWelcome(body: Uint8Array): Welcome {
  if (body.length < WELCOME_SIZE_MIN) throw invalidFrame(`an answer to hello of ${body.length} bytes`);
  const view = viewOf(body);
  const welcome = {
    cluster: getU128(view, WelcomeOffset.cluster),
    ledgerId: getU128(view, WelcomeOffset.ledgerId),
    eventsMax: view.getUint32(WelcomeOffset.eventsMax, true),
    requestsMax: view.getUint32(WelcomeOffset.requestsMax, true),
    cellsMax: view.getUint32(WelcomeOffset.cellsMax, true),
    replay: view.getUint32(WelcomeOffset.replay, true) === 1,
    traces: body.length >= WELCOME_SIZE && view.getUint32(WelcomeOffset.traces, true) === 1,
  };
  if (welcome.requestsMax === 0) throw invalidFrame('an answer to hello without credit');
  return welcome;
}

/** Bytes of an error's code and message; what is longer is cut. */
const ERROR_SIZE_MAX = 4096;

/** Errors that are none of ours are the server's own mistake: the client hears `engine_failed` and no details. */
export function encodeError(error: unknown): Uint8Array {
  const known = error instanceof TallystickError ? error : new TallystickError('engine_failed');
  const bytes = encoder.encode(`${known.code} ${known.message.replaceAll('\0', '')}`).subarray(0, ERROR_SIZE_MAX);
  if (known.retryAfterMs === undefined) return bytes;
  return Buffer.concat([bytes, encoder.encode(`\0${known.retryAfterMs}`)]);
}

/** A code that this version does not know becomes `engine_failed`, with the code in its message. */
export function decodeError(body: Uint8Array): TallystickError {
  const [text = '', wait] = decoder.decode(body).split('\0', 2) as [string, string?];
  const retryAfterMs = wait !== undefined && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined;
  const space = text.indexOf(' ');
  const code = text.slice(0, space === -1 ? text.length : space);
  const message = space === -1 ? '' : text.slice(space + 1);
  if (Object.hasOwn(errorTable, code)) return new TallystickError(code as ErrorCode, message, { retryAfterMs });
  return new TallystickError('engine_failed', `the server says ${code}: ${message}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function putU128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, value >> 64n, true);
}

function getU128(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}
