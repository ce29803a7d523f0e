import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import { type OpenPort, openModel } from '../../testing/model/model-port.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';
import { openTcp, openUnix } from './tcp.ts';

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
