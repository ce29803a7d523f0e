/**
 * The load that every candidate for the machine gets: 10,000 accounts, batches of 8,189 plain transfers between two
 * different ones, all of which are created. Made before the clock starts, from a seed.
 */

import { sharedMemory } from '../../src/base/index.ts';
import { type EngineLayout, EngineMemory, engineLayout, LARGE_SIZES } from '../../src/engine/memory.ts';
import { Machine } from '../../src/machine/index.ts';
import { CELL_SIZE, EVENTS_MAX, HeaderOffset, Operation, StateOffset } from '../../src/model/index.ts';
import { AccountWord, CELL_WORDS, TransferWord } from '../words.ts';

export const ACCOUNTS = 10_000;
export const BATCH: number = EVENTS_MAX;
export type IdOrder = 'sequential' | 'scattered';

/** Executes the batch whose header lies at byte `header`; leaves 16-byte results at byte `reply`. */
export type Apply = (header: number, reply: number) => void;

export interface World {
  readonly memory: EngineMemory;
  readonly layout: EngineLayout;
  readonly machine: Machine;
  readonly header: number;
  readonly reply: number;
}

/** A new ledger with its accounts, in the layout that folders get, and every page touched. */
export function world(): World {
  const layout = engineLayout(LARGE_SIZES);
  const memory = new EngineMemory(sharedMemory(layout.pages), layout);
  Machine.format(memory.memory, layout.machine);
  const never = (): never => {
    throw new Error('this load needs nothing that has left memory');
  };
  const machine = new Machine(memory.memory, layout.machine, {
    rowOf: never,
    findCold: never,
    resolutionOf: never,
    transferAt: never,
    waitForBuilder: never,
  });
  machine.initialize();
  const header = layout.ring.cells;
  const reply = layout.spare;
  for (let first = 0; first < ACCOUNTS; first += BATCH) {
    const count = Math.min(BATCH, ACCOUNTS - first);
    memory.bytes.fill(0, header, header + (1 + count) * CELL_SIZE);
    for (let i = 0; i < count; i++) {
      const account = (header + (1 + i) * CELL_SIZE) / 4;
      memory.u32[account] = first + i + 1;
      memory.u32[account + AccountWord.ledger] = 2;
      memory.u32[account + AccountWord.code] = 1;
    }
    writeHeader(memory, header, Operation.create_accounts, count, 1 + first);
    machine.apply(header, reply);
  }
  const { generations, rows, words } = layout.machine;
  const [from, to] = [rows, generations.at(-1)!.spans];
  for (let at = from; at < to; at += 4096) memory.bytes[at] = memory.bytes[at]!;
  if (words.idTable0 < from || words.idTable0 > to) throw new Error('the id tables are not among the pages touched');
  return { memory, layout, machine, header, reply };
}

/** Batch number `batch`, from 0; a cell after the one before, a microsecond later. */
export function writeHeader(memory: EngineMemory, at: number, operation: number, count: number, cell: number): void {
  memory.bytes.fill(0, at, at + CELL_SIZE);
  const op = memory.view.getBigUint64(memory.layout.machine.state + StateOffset.op, true) + 1n;
  memory.view.setBigUint64(at + HeaderOffset.op, op, true);
  memory.view.setBigUint64(at + HeaderOffset.timestamp, (0x1797_0000n << 32n) + BigInt(cell) * 1000n, true);
  memory.view.setBigUint64(at + HeaderOffset.cell, BigInt(cell), true);
  memory.view.setUint32(at + HeaderOffset.count, count, true);
  memory.view.setUint32(at + HeaderOffset.cells, count, true);
  memory.view.setUint16(at + HeaderOffset.operation, operation, true);
}

/** The events of `batches` batches, one after another. */
export function events(batches: number, order: IdOrder): Uint32Array {
  const random = xorshift(0x5eed_1e55);
  const words = new Uint32Array(batches * BATCH * CELL_WORDS);
  for (let i = 0; i < batches * BATCH; i++) {
    const at = i * CELL_WORDS;
    if (order === 'sequential') words[at] = i + 1;
    else for (let k = 0; k < 4; k++) words[at + k] = random();
    const debit = random() % ACCOUNTS;
    words[at + TransferWord.debit_account_id] = debit + 1;
    words[at + TransferWord.credit_account_id] = ((debit + 1 + (random() % (ACCOUNTS - 1))) % ACCOUNTS) + 1;
    words[at + TransferWord.amount] = 1 + (random() % 20_000);
    for (let k: number = TransferWord.user_data_128; k <= TransferWord.user_data_32; k++) words[at + k] = random();
    words[at + TransferWord.ledger] = 2;
    words[at + TransferWord.code] = 1 + (random() % 65_535);
  }
  return words;
}

function xorshift(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
