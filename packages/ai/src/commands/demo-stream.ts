/** Reads the demo's dataset, says each sample's number, and saves its state behind each batch, until it is killed. */
import { load } from '../data/loader.ts';
import { saveState } from '../data/loader-state.ts';

const [path, state] = process.argv.slice(2);
const spec = { kind: 'features', path: path!, label: 'fraud' } as const;
const loader = await load(spec, { batch: 16, shuffle: { seed: 5 }, workers: 2 });
for await (const { ids } of loader) {
  process.stdout.write(`${[...ids].join(' ')}\n`);
  saveState(state!, loader.state());
  await new Promise((done) => setTimeout(done, 5));
}
