/** Sizes that make rings run full and wrap, and generations be sealed, within a test. */
import { type EngineOptions, type EngineSizes, SMALL_SIZES } from '../../src/engine/index.ts';

/**
 * Seals after a handful of entries and trusts few rows, so that every request meets runs, filters and journal cells.
 */
export const FORGETFUL_SIZES: EngineSizes = { ...SMALL_SIZES, sealEntries: 5, rowsTrusted: 3, resolvedKept: 2 };

/** The smallest ring that takes a full batch, and room for two large replies. */
export const TIGHT_SIZES: EngineSizes = { ...SMALL_SIZES, ringCells: 2 ** 14, repliesSize: 2 ** 21 };

/** Tight, and sealing every few batches. */
export const TIGHT_FORGETFUL_SIZES: EngineSizes = {
  ...TIGHT_SIZES,
  sealEntries: 500,
  rowsTrusted: 100,
  resolvedKept: 50,
};

export const tight: EngineOptions = { mode: 'threads', sizes: TIGHT_SIZES };
export const tightForgetful: EngineOptions = { mode: 'threads', sizes: TIGHT_FORGETFUL_SIZES };
