/**
 * Where things lie in the shared memory, as the TypeScript side laid them out (machine/layout.ts), and the state block.
 * Every thread has its own instance of the kernel over the one memory; `attach` tells it the addresses.
 */

import { provePlaces } from "./gen";

// Config words (u32), in the order of `configWords` in machine/layout.ts.
export let STATE: usize = 0;
export let ACCOUNTS: usize = 0;
export let ACCOUNTS_MAX: u32 = 0;
export let ACCOUNT_INDEX: usize = 0;
export let ACCOUNT_COLUMNS: usize = 0;
export let PENDINGS: usize = 0;
export let PENDINGS_MAX: u32 = 0;
export let PENDING_INDEX: usize = 0;
export let HEAP: usize = 0;
export let RESOLVED: usize = 0;
export let RESOLVED_MASK: u32 = 0;
export let ID_TABLE_0: usize = 0;
export let ID_TABLE_1: usize = 0;
export let ID_BLOCKS_MASK: u64 = 0;
export let ROWS: usize = 0;
export let ROWS_MASK: u64 = 0;
export let RUNS: usize = 0;
export let UNDO: usize = 0;
export let SLOTS: usize = 0;
export let COLD: usize = 0;
export let GENERATIONS: usize = 0;
export let ROWS_TRUSTED: u64 = 0;
export let RESOLVED_KEPT: u32 = 0;
export let IMAGE: usize = 0;
export let BEFORES: usize = 0;
export let BEFORES_MASK: u32 = 0;
export let ACCOUNTS_KEPT: usize = 0;
export let PENDINGS_KEPT: usize = 0;
export let ASKED: usize = 0;
export let ASKED_MASK: u32 = 0;
export let ASKED_NEWEST: usize = 0;

// The generation being filled; follows state.generation.
export let G_CONTROL: usize = 0;
export let G_COLUMNS: usize = 0;
export let G_COLUMN_SIZE: usize = 0;
export let G_BLOCKS: usize = 0;
export let G_EVENTS: usize = 0;
export let G_SPANS: usize = 0;

// The state block: what a snapshot carries besides accounts and pendings. Offsets repeated in machine/layout.ts
// (`State`).
export const S_ENTRIES: usize = 0;
export const S_OP: usize = 8;
export const S_TIMESTAMP: usize = 16;
export const S_TRANSFERS_TIMESTAMP_MAX: usize = 24;
export const S_ACCOUNTS_TIMESTAMP_MAX: usize = 32;
export const S_EXPIRES_NEXT: usize = 40;
export const S_ACCOUNTS_COUNT: usize = 48;
export const S_ACCOUNT_INDEX_LOG2: usize = 52;
export const S_PENDINGS_COUNT: usize = 56;
export const S_PENDINGS_OPEN: usize = 60;
export const S_PENDING_INDEX_LOG2: usize = 64;
export const S_HEAP_COUNT: usize = 68;
export const S_RESOLVED_HEAD: usize = 72;
export const S_RESOLVED_TAIL: usize = 76;
export const S_FREE_HEAD: usize = 80;
export const S_GENERATION: usize = 84;
export const S_ID_TABLE: usize = 88;
export const S_ID_COUNT: usize = 92;
export const S_ID_FLOORS: usize = 96;
export const S_RUNS_COUNT: usize = 112;
export const S_ROWS_FIRST: usize = 120;
export const S_COLD_ID_MIN: usize = 128;
export const S_COLD_ID_MAX: usize = 144;

export const CELL: usize = 128;
export const PENDING_SIZE: usize = 160;
export const U64_MAX: u64 = 0xffffffffffffffff;

@inline export function word(config: usize, index: usize): u32 {
  return load<u32>(config + (index << 2));
}

/** Reads the config block. */
export function attach(config: usize): void {
  provePlaces();
  STATE = word(config, 0);
  ACCOUNTS = word(config, 1);
  ACCOUNTS_MAX = word(config, 2);
  ACCOUNT_INDEX = word(config, 3);
  ACCOUNT_COLUMNS = word(config, 4);
  PENDINGS = word(config, 5);
  PENDINGS_MAX = word(config, 6);
  PENDING_INDEX = word(config, 7);
  HEAP = word(config, 8);
  RESOLVED = word(config, 9);
  RESOLVED_MASK = word(config, 10);
  ID_TABLE_0 = word(config, 11);
  ID_TABLE_1 = word(config, 12);
  ID_BLOCKS_MASK = word(config, 13) as u64;
  ROWS = word(config, 14);
  ROWS_MASK = word(config, 15) as u64;
  RUNS = word(config, 16);
  UNDO = word(config, 17);
  SLOTS = word(config, 18);
  COLD = word(config, 19);
  GENERATIONS = word(config, 20);
  G_COLUMN_SIZE = word(config, 21);
  ROWS_TRUSTED = word(config, 22) as u64;
  RESOLVED_KEPT = word(config, 23);
  IMAGE = word(config, 24);
  BEFORES = word(config, 25);
  BEFORES_MASK = word(config, 26);
  ACCOUNTS_KEPT = word(config, 27);
  PENDINGS_KEPT = word(config, 28);
  ASKED = word(config, 29);
  ASKED_MASK = word(config, 30);
  ASKED_NEWEST = word(config, 31);
  useGeneration(load<u32>(STATE, S_GENERATION));
}

/**
 * Takes generation buffer `index` (8 config words each: control, columns, blocks, events, spans) as the one to fill.
 */
export function useGeneration(index: u32): void {
  const at: usize = GENERATIONS + (index as usize) * 32;
  G_CONTROL = load<u32>(at);
  G_COLUMNS = load<u32>(at, 4);
  G_BLOCKS = load<u32>(at, 8);
  G_EVENTS = load<u32>(at, 12);
  G_SPANS = load<u32>(at, 16);
}
