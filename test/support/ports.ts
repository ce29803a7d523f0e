import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import { type OpenPort, openModel } from './model-port.ts';

/** Every ledger that must behave the same. The model stands among them so that the tests themselves are tested. */
export const ports: readonly { readonly name: string; readonly open: OpenPort }[] = [
  { name: 'model', open: openModel },
  { name: 'machine', open: async () => new EngineReplayPort(openMemory({ expires: false }).engine) },
];
