/** Reads a dataset, says each sample's number, and saves its state behind each batch, until somebody kills it. */
import { load } from '../src/data/loader.ts';
import { saveState } from '../src/data/loader-state.ts';

const [path, state] = process.argv.slice(2);
const spec = { kind: 'features', path: path!, label: 'label' } as const;
const loader = await load(spec, { batch: 3, shuffle: { seed: 5 }, epochs: 1000, workers: 2 });
for await (const { ids } of loader) {
  saveState(state!, loader.state());
  process.stdout.write(`${[...ids].join(' ')}\n`);
  await new Promise((done) => setTimeout(done, 5));
}
