/** The writer of an audit trail: one process, one file, opened at its end. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { type AuditRecord, BLOCK_SIZE, NO_BLOCK, opened, seal } from './block.ts';

const OWNER_ONLY = 0o600;
/** The last block of a file lies within so many bytes of its end. */
const TAIL_SIZE = 4 * BLOCK_SIZE;
const AGAIN_MS = 1000;
/** The last byte, and what must not be behind it. */
const EDGE_SIZE = 2;
export const KEY_SIZE_MIN = 16;

/** How far a trail goes. */
export interface Head {
  /** 0: nothing was sealed yet. */
  readonly block: number;
  readonly mac: string;
  /** Number of the last record. */
  readonly record: number;
}

/** What became of a create. */
export interface Wrote {
  readonly events: number;
  /** That of the last event; 0: nothing was created. */
  readonly timestamp: bigint;
  /** The batch; undefined: the ledger is in another process. */
  readonly op: number | undefined;
}

interface Open {
  readonly kind: 'write' | 'again';
  readonly fields: string;
  readonly op: number | undefined;
  events: number;
  requests: number;
  timestamp: bigint;
}

export function auditKey(text: string): KeyObject {
  if (text.length < KEY_SIZE_MIN) {
    throw new TallystickError('configuration_invalid', `audit.key has fewer than ${KEY_SIZE_MIN} characters`);
  }
  return createSecretKey(Buffer.from(text));
}

export class AuditTrail {
  readonly #path: string;
  readonly #file: number;
  readonly #key: KeyObject;
  readonly #failed: (problem: TallystickError | undefined) => void;
  /** JSON of records that are not written yet. */
  #waiting: string[] = [];
  #waitingSize = 0;
  /** The last create, which others of its batch may join. */
  #open: Open | undefined;
  #scheduled = false;
  #again: NodeJS.Timeout | undefined;
  #head: Head;
  /** Bytes of the file after our last write: somebody else's write is seen. */
  #size: number;
  #op = -1;
  readonly #edge = new Uint8Array(EDGE_SIZE);
  /** Bytes at the end that are no whole block. */
  #piece = 0;
  /** Why nothing can be written; creates are refused meanwhile. */
  blocked: TallystickError | undefined;

  /**
   * Goes on behind the last block. Throws `configuration_invalid` for a file that cannot be had, or whose last block
   * has the seal of another key. `failed` hears when nothing can be written any more, and with undefined when it can.
   */
  constructor(path: string, key: KeyObject, failed: (problem: TallystickError | undefined) => void) {
    this.#path = path;
    this.#key = key;
    this.#failed = failed;
    try {
      this.#file = openSync(path, 'a+', OWNER_ONLY);
      fchmodSync(this.#file, OWNER_ONLY);
    } catch (cause) {
      const why = (cause as Error).message;
      throw new TallystickError('configuration_invalid', `audit.file: ${path} cannot be written: ${why}`, { cause });
    }
    this.#size = fstatSync(this.#file).size;
    const { head, torn } = this.#end();
    this.#head = head;
    if (torn > 0) {
      // What is left of a block that was being written when the process ended: kept, and closed off.
      this.#size += writeSync(this.#file, '\n');
      this.add({ kind: 'torn', bytes: torn });
    }
  }

  #end(): { head: Head; torn: number } {
    const from = Math.max(0, this.#size - TAIL_SIZE);
    const bytes = Buffer.alloc(this.#size - from);
    readSync(this.#file, bytes, 0, bytes.length, from);
    const text = bytes.toString('utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const torn = Buffer.byteLength(text.slice(whole.length));
    const lines = whole.split('\n').filter((line) => line !== '');
    for (const line of lines.toReversed()) {
      const block = opened(this.#key, line);
      if (block !== undefined) {
        const { block: number, mac, first, records } = block;
        return { head: { block: number, mac, record: first + records.length - 1 }, torn };
      }
      // A piece that an earlier process left, and closed off.
      if (line.endsWith('}')) break;
    }
    if (lines.length === 0 && from === 0) return { head: { block: 0, mac: NO_BLOCK, record: 0 }, torn };
    const next = '`tallystick audit verify` says what is wrong; move the file away to begin a new one.';
    const why = `audit.file: the end of ${this.#path} was not sealed with this key`;
    closeSync(this.#file);
    throw new TallystickError('configuration_invalid', why, { next });
  }

  get head(): Head {
    return this.#head;
  }

  /** Sealed and written in this turn of the event loop. */
  add(record: AuditRecord): void {
    this.#put(JSON.stringify(record));
  }

  #put(json: string): void {
    this.#settle();
    this.#waiting.push(json);
    this.#waitingSize += json.length;
    if (this.#waitingSize >= BLOCK_SIZE && this.blocked === undefined) this.flush();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      if (this.blocked === undefined) this.flush();
    });
  }

  /**
   * A create that was answered. One with an op before the last is a first reply, told once more. Requests of one caller
   * that shared a batch are one record, with their number. `fields`: JSON of who and what, without the braces.
   */
  wrote(fields: string, { events, timestamp, op }: Wrote): void {
    const open = this.#open;
    if (open !== undefined && op !== undefined && open.op === op && open.fields === fields) {
      open.events += events;
      open.requests++;
      open.timestamp = timestamp;
      return;
    }
    this.#settle();
    const again = op !== undefined && op < this.#op;
    if (op !== undefined && !again) this.#op = op;
    this.#open = { kind: again ? 'again' : 'write', fields, op, events, requests: 1, timestamp };
    this.#schedule();
  }

  /** Puts the last create with the others. */
  #settle(): void {
    if (this.#open === undefined) return;
    const { kind, fields, events, requests, timestamp, op } = this.#open;
    this.#open = undefined;
    const several = requests === 1 ? '' : `,"requests":${requests}`;
    const batch = op === undefined ? '' : `,"op":${op}`;
    this.#put(`{"kind":"${kind}",${fields},"events":${events}${several},"timestamp":"${timestamp}"${batch}}`);
  }

  /** A read that was answered. */
  read(fields: string): void {
    this.#put(`{"kind":"read",${fields}}`);
  }

  /** Writes what waits. */
  flush(): void {
    this.#settle();
    if (this.#waiting.length === 0) return;
    const piece = this.#piece;
    const records = piece === 0 ? this.#waiting : [JSON.stringify({ kind: 'torn', bytes: piece }), ...this.#waiting];
    const { block, mac: prev, record } = this.#head;
    const { line, mac } = seal(this.#key, block + 1, record + 1, prev, records);
    try {
      if (!this.#endsWhereItDid()) throw new Error('somebody else has written to it');
      this.#write(piece > 0 ? `\n${line}` : line);
    } catch (cause) {
      this.#block(cause as Error);
      return;
    }
    this.#waiting = [];
    this.#waitingSize = 0;
    this.#head = { block: block + 1, mac, record: record + records.length };
    if (this.blocked === undefined) return;
    this.blocked = undefined;
    this.#failed(undefined);
  }

  /**
   * Nobody else has written to the file, or cut it off: its last byte is there, and behind it there is none. A read
   * into bytes that are there makes no garbage, as asking for the size does, with all the dates that come with it.
   */
  #endsWhereItDid(): boolean {
    const last = Math.max(this.#size - 1, 0);
    return readSync(this.#file, this.#edge, 0, EDGE_SIZE, last) === Math.min(this.#size, 1);
  }

  /** Throws if it is not written whole; what stands there of it is a torn piece. */
  #write(text: string): void {
    const bytes = Buffer.from(text);
    const before = this.#size;
    try {
      while (this.#size - before < bytes.length) this.#size += writeSync(this.#file, bytes, this.#size - before);
      this.#piece = 0;
    } catch (error) {
      this.#piece += this.#size - before;
      throw error;
    }
  }

  #block(cause: Error): void {
    const isNew = this.blocked === undefined;
    const why = `the audit trail ${this.#path} cannot be written: ${cause.message}; what is not recorded is not done`;
    const next = 'Make room on its disk, or let the server write there; it goes on by itself.';
    this.blocked = new TallystickError('not_writable', why, { cause, next });
    if (isNew) this.#failed(this.blocked);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.flush(), AGAIN_MS).unref();
  }

  /** Makes what was written durable. */
  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    clearTimeout(this.#again);
    this.flush();
    if (this.blocked === undefined) fsyncSync(this.#file);
    closeSync(this.#file);
  }
}
