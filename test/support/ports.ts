import { EngineReplayPort, type EngineSizes, openMemory, SMALL_SIZES } from '../../src/engine/index.ts';
import { type OpenPort, openModel } from './model-port.ts';
import { openTcp, openUnix } from './tcp.ts';

/** Seals after a handful of entries and trusts few rows, so that every request meets runs, filters and journal cells. */
export const FORGETFUL_SIZES: EngineSizes = { ...SMALL_SIZES, sealEntries: 5, rowsTrusted: 3, resolvedKept: 2 };

/** Every ledger that must behave the same. The model stands among them so that the tests themselves are tested. */
export const ports: readonly { readonly name: string; readonly open: OpenPort }[] = [
  { name: 'model', open: openModel },
  { name: 'machine', open: async () => new EngineReplayPort(openMemory({ expires: false }).engine) },
  {
    name: 'machine with a short memory',
    open: async () => new EngineReplayPort(openMemory({ expires: false, sizes: FORGETFUL_SIZES }).engine),
  },
  { name: 'tcp', open: openTcp },
  { name: 'unix', open: openUnix },
];
