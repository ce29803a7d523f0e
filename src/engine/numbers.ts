/** An engine in numbers, as of now; for those who watch it. */
import { StateOffset } from '../model/index.ts';
import { ahead } from '../ring/index.ts';
import type { Counters } from './counters.ts';
import type { Engine } from './engine.ts';
import { Word } from './memory.ts';

export interface EngineNumbers {
  /** The op of the last batch ordered. */
  readonly op: number;
  /** Cells of 128 bytes in the journal once all that was ordered is written. */
  readonly journalCells: number;
  readonly inFlight: number;
  /** Requests of these that found no room in the ring. */
  readonly delayed: number;
  readonly ringCells: number;
  /** Cells that the journal, or the machine, has still to take. */
  readonly ringDepth: { readonly journal: number; readonly machine: number };
  readonly accounts: number;
  readonly accountsMax: number;
  readonly pendingsOpen: number;
  readonly pendingsMax: number;
  /** Stored transfers and expiries. */
  readonly entries: number;
  readonly runs: number;
  readonly counters: Counters;
}

export function engineNumbers(engine: Engine): EngineNumbers {
  const { memory, sequencer } = engine;
  const { words, layout, counters } = memory;
  const cursor = Atomics.load(words, Word.cursor);
  const behind = (word: number): number => Math.max(0, ahead(Atomics.load(words, word), cursor));
  const from = sequencer.from;
  return {
    op: from.op,
    journalCells: engine.durable ? from.cell : 0,
    inFlight: engine.inFlight,
    delayed: engine.delayed,
    ringCells: layout.sizes.ringCells,
    // A ledger in memory has no journal, and its word stands still.
    ringDepth: { journal: engine.durable ? behind(Word.journaled) : 0, machine: behind(Word.executed) },
    accounts: memory.accountsCount,
    accountsMax: layout.sizes.accountsMax,
    pendingsOpen: memory.pendingsOpen,
    pendingsMax: layout.sizes.pendingsMax,
    entries: memory.entries,
    runs: memory.u32[(layout.machine.state + StateOffset.runsCount) / 4]!,
    counters,
  };
}
