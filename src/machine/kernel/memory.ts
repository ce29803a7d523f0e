/**
 * Where things lie in the shared memory, as the TypeScript side laid them out (machine/layout.ts), and the state block.
 * Every thread has its own instance of the kernel over the one memory; `attach` tells it the addresses.
 */

import { Config, Control, Generation, GENERATION_SIZE, provePlaces, State } from "./gen";

/** The state block. */
export let state: State = changetype<State>(0);

// The words of the config block.
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
export let control: Control = changetype<Control>(0);
export let G_COLUMNS: usize = 0;
export let G_COLUMN_SIZE: usize = 0;
export let G_BLOCKS: usize = 0;
export let G_EVENTS: usize = 0;
export let G_SPANS: usize = 0;

/** Reads the config block. */
export function attach(config: usize): void {
  provePlaces();
  const c = changetype<Config>(config);
  state = changetype<State>(c.state as usize);
  ACCOUNTS = c.accounts;
  ACCOUNTS_MAX = c.accounts_max;
  ACCOUNT_INDEX = c.account_index;
  ACCOUNT_COLUMNS = c.account_columns;
  PENDINGS = c.pendings;
  PENDINGS_MAX = c.pendings_max;
  PENDING_INDEX = c.pending_index;
  HEAP = c.heap;
  RESOLVED = c.resolved;
  RESOLVED_MASK = c.resolved_mask;
  ID_TABLE_0 = c.id_table_0;
  ID_TABLE_1 = c.id_table_1;
  ID_BLOCKS_MASK = c.id_blocks_mask as u64;
  ROWS = c.rows;
  ROWS_MASK = c.rows_mask as u64;
  RUNS = c.runs;
  UNDO = c.undo;
  SLOTS = c.slots;
  COLD = c.cold;
  GENERATIONS = c.generations;
  G_COLUMN_SIZE = c.generation_column_size;
  ROWS_TRUSTED = c.rows_trusted as u64;
  RESOLVED_KEPT = c.resolved_kept;
  IMAGE = c.image;
  BEFORES = c.befores;
  BEFORES_MASK = c.befores_mask;
  ACCOUNTS_KEPT = c.accounts_kept;
  PENDINGS_KEPT = c.pendings_kept;
  ASKED = c.asked;
  ASKED_MASK = c.asked_mask;
  ASKED_NEWEST = c.asked_newest;
  useGeneration(state.generation);
}

/** Takes generation buffer `index` as the one to fill. */
export function useGeneration(index: u32): void {
  const buffer = changetype<Generation>(GENERATIONS + (index as usize) * GENERATION_SIZE);
  control = changetype<Control>(buffer.control as usize);
  G_COLUMNS = buffer.columns;
  G_BLOCKS = buffer.blocks;
  G_EVENTS = buffer.events;
  G_SPANS = buffer.spans;
}
