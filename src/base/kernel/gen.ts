// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then `npm run generate`.

/** Ids for each block of a run's filter. */
export const FILTER_BLOCK_IDS: u32 = 51;
