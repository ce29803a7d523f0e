/** The window of replies as bytes: in a snapshot, and on the way from the thread that recovers to the callers'. */
import { readNumber, writeNumber } from '../journal/index.ts';
import {
  KEPT_HEAD_SIZE,
  KEPT_REPLY_SIZE,
  KEPT_RUN_SIZE,
  KEPT_SESSION_SIZE,
  KeptHeadOffset,
  KeptReplyOffset,
  KeptRunOffset,
  KeptSessionOffset,
} from '../model/index.ts';
import type { KeptReply, KeptSession } from './kept-reply.ts';

const VERSION = 1;
const RUN_NUMBERS = 4;

/** `size`: bytes of sessions and their replies. */
export function windowBytes(lost: number, sessions: Iterable<KeptSession>, count: number, size: number): Uint8Array {
  const bytes = new Uint8Array(KEPT_HEAD_SIZE + size);
  const view = new DataView(bytes.buffer);
  writeNumber(view, KeptHeadOffset.lost, lost);
  view.setUint32(KeptHeadOffset.sessions, count, true);
  view.setUint32(KeptHeadOffset.version, VERSION, true);
  let at = KEPT_HEAD_SIZE;
  for (const { session, lost: ownLost, replies, head } of sessions) {
    for (let k = 0; k < 16; k++) bytes[at + KeptSessionOffset.session + k] = session.charCodeAt(k);
    writeNumber(view, at + KeptSessionOffset.lost, ownLost);
    view.setUint32(at + KeptSessionOffset.replies, replies.length - head, true);
    at += KEPT_SESSION_SIZE;
    for (let index = head; index < replies.length; index++) at = putReply(view, at, replies[index]!);
  }
  return bytes;
}

function putReply(view: DataView, from: number, { op, request, count, checksum, runs }: KeptReply): number {
  let at = from;
  writeNumber(view, at + KeptReplyOffset.op, op);
  view.setUint32(at + KeptReplyOffset.request, request, true);
  view.setUint32(at + KeptReplyOffset.count, count, true);
  view.setUint32(at + KeptReplyOffset.checksumEvents, checksum, true);
  view.setUint32(at + KeptReplyOffset.runs, runs.length / RUN_NUMBERS, true);
  at += KEPT_REPLY_SIZE;
  for (let run = 0; run < runs.length; run += RUN_NUMBERS, at += KEPT_RUN_SIZE) {
    view.setUint32(at + KeptRunOffset.timestamp, runs[run]!, true);
    view.setUint32(at + KeptRunOffset.timestamp + 4, runs[run + 1]!, true);
    view.setUint32(at + KeptRunOffset.status, runs[run + 2]!, true);
    view.setUint32(at + KeptRunOffset.count, runs[run + 3]!, true);
  }
  return at;
}

/** Undefined if the bytes, which come from a disk, are no window. */
export function readWindow(bytes: Uint8Array): { lost: number; sessions: KeptSession[] } | undefined {
  if (bytes.length < KEPT_HEAD_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(KeptHeadOffset.version, true) !== VERSION) return undefined;
  const reader = new Reader(view, bytes);
  const sessions: KeptSession[] = [];
  for (let left = view.getUint32(KeptHeadOffset.sessions, true); left > 0; left--) {
    const session = reader.session();
    if (session === undefined) return undefined;
    sessions.push(session);
  }
  if (reader.at !== bytes.length) return undefined;
  return { lost: readNumber(view, KeptHeadOffset.lost), sessions };
}

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  at = KEPT_HEAD_SIZE;

  constructor(view: DataView, bytes: Uint8Array) {
    this.#view = view;
    this.#bytes = bytes;
  }

  #has(size: number): boolean {
    return this.at + size <= this.#bytes.length;
  }

  session(): KeptSession | undefined {
    const view = this.#view;
    const { at } = this;
    if (!this.#has(KEPT_SESSION_SIZE)) return undefined;
    const session = String.fromCharCode(...this.#bytes.subarray(at, at + 16));
    this.at += KEPT_SESSION_SIZE;
    const replies: KeptReply[] = [];
    for (let left = view.getUint32(at + KeptSessionOffset.replies, true); left > 0; left--) {
      const reply = this.#reply();
      if (reply === undefined) return undefined;
      replies.push(reply);
    }
    return { session, lost: readNumber(view, at + KeptSessionOffset.lost), replies, head: 0 };
  }

  #reply(): KeptReply | undefined {
    const view = this.#view;
    const { at } = this;
    if (!this.#has(KEPT_REPLY_SIZE)) return undefined;
    this.at += KEPT_REPLY_SIZE;
    const count = view.getUint32(at + KeptReplyOffset.count, true);
    const runs: number[] = [];
    let results = 0;
    for (let left = view.getUint32(at + KeptReplyOffset.runs, true); left > 0; left--, this.at += KEPT_RUN_SIZE) {
      if (!this.#has(KEPT_RUN_SIZE)) return undefined;
      const timestamp = this.at + KeptRunOffset.timestamp;
      const status = view.getUint32(this.at + KeptRunOffset.status, true);
      const of = view.getUint32(this.at + KeptRunOffset.count, true);
      runs.push(view.getUint32(timestamp, true), view.getUint32(timestamp + 4, true), status, of);
      results += of;
    }
    if (results !== count) return undefined;
    const op = readNumber(view, at + KeptReplyOffset.op);
    const request = view.getUint32(at + KeptReplyOffset.request, true);
    return { op, request, count, checksum: view.getUint32(at + KeptReplyOffset.checksumEvents, true), runs };
  }
}
