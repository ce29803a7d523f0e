/**
 * Says what became of an audit trail since it was written: whether anything was taken out of it, put into it, changed,
 * or cut off, and which of these.
 */
import type { KeyObject } from 'node:crypto';
import { type AuditRecord, type Block, NO_BLOCK, opened } from './block.ts';

export interface Finding {
  /**
   * `torn`: a process ended while it wrote; `rewritten`: a line was not sealed with the key, or its block is not the
   * one that was anchored; `gap`: blocks are missing; `fork`: two blocks have one number; `reordered`: a block stands
   * before one that it follows, or a write before one that the ledger did first; `cut`: the trail once went further;
   * `unsigned`: no signature vouches for any of it.
   */
  readonly kind: 'torn' | 'rewritten' | 'gap' | 'fork' | 'reordered' | 'cut' | 'unsigned';
  /** From 1. */
  readonly line: number;
  readonly about: string;
}

/** Where a trail was at a moment, as the log or the ledger has it. */
export interface Anchor {
  readonly block: number;
  /** The seal of that block, or how it begins, in hex. */
  readonly mac: string;
  /** Who says so: `the ledger`, `the log`. */
  readonly by: string;
}

export interface Verified {
  readonly blocks: number;
  readonly records: number;
  readonly anchors: number;
  /** The last block that has a good seal; undefined: there is none. */
  readonly head: { readonly block: number; readonly mac: string } | undefined;
  readonly findings: readonly Finding[];
}

export class Verifier {
  readonly #key: KeyObject;
  readonly #findings: Finding[] = [];
  readonly #macs = new Map<number, string>();
  /** Blocks from one number to another that were not there when the next one was read. */
  readonly #gaps: { from: number; to: number; records: number; line: number }[] = [];
  /** The last block of the chain. */
  #last: Pick<Block, 'block' | 'mac' | 'first'> & { readonly records: number } = {
    block: 0,
    mac: NO_BLOCK,
    first: 1,
    records: 0,
  };
  /** A line that has no good seal, and may be what a process left. */
  #piece: { line: number; torn: boolean } | undefined;
  /** Whose trail it is, where several nodes have one ledger. */
  node = 0;
  #line = 0;
  #blocks = 0;
  #records = 0;
  #op = -1;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Lines in their order; returns the block, if its seal is good. `whole`: the line has its end. */
  line(text: string, whole: boolean): Block | undefined {
    this.#line++;
    if (text === '') return undefined;
    const block = opened(this.#key, text);
    if (block === undefined) {
      this.#strange(text, whole);
      return undefined;
    }
    this.#settlePiece(block.records);
    this.#blocks++;
    this.#records += block.records.length;
    if (this.#follow(block)) this.#inOrder(block.records);
    return block;
  }

  #strange(text: string, whole: boolean): void {
    this.#settlePiece([]);
    // A block ends with a brace: what does not was not written to its end.
    this.#piece = { line: this.#line, torn: !whole || !text.endsWith('}') };
  }

  /** A torn piece is followed by a record that says so, or by nothing. */
  #settlePiece(next: readonly AuditRecord[]): void {
    if (this.#piece === undefined) return;
    const { line, torn } = this.#piece;
    this.#piece = undefined;
    if (torn && next.some(({ kind }) => kind === 'torn')) {
      this.#find('torn', 'a process ended while it wrote this line', line);
    } else this.#find('rewritten', 'the line was not sealed with the key', line);
  }

  /** False for a block that stands where it does not belong. */
  #follow({ block, prev, mac, first, records }: Block): boolean {
    const last = this.#last;
    if (this.#macs.has(block)) {
      this.#find('fork', `block ${block} is there twice: two processes have written`);
      return false;
    }
    this.#macs.set(block, mac);
    if (block < last.block) {
      this.#find('reordered', `block ${block} stands behind block ${last.block}`);
      return false;
    }
    if (block > last.block + 1) {
      const missing = first - (last.first + last.records);
      this.#gaps.push({ from: last.block + 1, to: block - 1, records: missing, line: this.#line });
    } else if (prev !== last.mac) {
      this.#find('fork', `block ${block} follows another block ${last.block} than this file's`);
    }
    this.#last = { block, mac, first, records: records.length };
    return true;
  }

  /** A gap whose blocks stand further behind is none. */
  #settleGaps(): void {
    for (const { from, to, records, line } of this.#gaps) {
      const blocks = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      if (blocks.every((block) => this.#macs.has(block))) continue;
      this.#find('gap', `blocks ${from} to ${to} are missing: ${records} records`, line);
    }
  }

  /** Writes are recorded as the journal has them. */
  #inOrder(records: readonly AuditRecord[]): void {
    for (const { kind, op, node } of records) {
      if (kind === 'began') {
        this.#op = -1;
        this.node = Number(node ?? 0);
      }
      if (kind !== 'write' || typeof op !== 'number') continue;
      if (op < this.#op) this.#find('reordered', `op ${op} is recorded behind op ${this.#op}`);
      this.#op = op;
    }
  }

  #find(kind: Finding['kind'], about: string, line = this.#line): void {
    this.#findings.push({ kind, line, about });
  }

  /** `anchors`: what others know of the trail. */
  end(anchors: readonly Anchor[] = []): Verified {
    if (this.#piece?.torn === true) {
      this.#find('torn', 'a process ended while it wrote this line', this.#piece.line);
      this.#piece = undefined;
    }
    this.#settlePiece([]);
    this.#settleGaps();
    for (const { block, mac, by } of anchors) {
      const found = this.#macs.get(block);
      if (block > this.#last.block) {
        this.#find('cut', `${by} knows of block ${block}, and the trail ends with block ${this.#last.block}`);
      } else if (found !== undefined && !found.startsWith(mac)) {
        this.#find('rewritten', `block ${block} is another one than ${by} knows of`);
      } else if (found === undefined && this.#findings.every(({ kind }) => kind !== 'gap' && kind !== 'rewritten')) {
        this.#find('gap', `${by} knows of block ${block}, which is not there`);
      }
    }
    const { block, mac } = this.#last;
    return {
      blocks: this.#blocks,
      records: this.#records,
      anchors: anchors.length,
      head: block === 0 ? undefined : { block, mac },
      findings: this.#findings,
    };
  }
}
