/**
 * The builder's side of the litmus test of images: a thread that reads every image that is opened, as a snapshot would,
 * and leaves what it made of it.
 */
import { workerData } from 'node:worker_threads';
import { EngineMemory, engineLayout } from '../../src/engine/memory.ts';
import { applyBefores, type ImageHead, ImageReader } from '../../src/machine/index.ts';
import { Random } from '../../testing/model/random.ts';
import type { ImageLitmus } from './image.test.ts';

const { memory: shared, sizes, result, words, seed } = workerData as ImageLitmus;
const memory = new EngineMemory(shared, engineLayout(sizes));
const { machine } = memory.layout;
const random = new Random(seed);
/**
 * Words: 0 round that was begun, 1 round that was read, 2 to 3 sizes of accounts and pendings, 4 before-images of the
 * round.
 */
for (let round = 1; ; round++) {
  Atomics.wait(words, 0, round - 1);
  const head: ImageHead = { state: new Uint8Array(256), accountsSize: words[2]!, pendingsSize: words[3]! };
  const reader = new ImageReader(shared, machine, head, true);
  const befores = new Uint8Array(72 * 50);
  const taken: Uint8Array[] = [];
  const take = (): boolean => {
    const size = reader.takeBefores(befores);
    if (size > 0) taken.push(befores.slice(0, size));
    return size > 0;
  };
  // The copy lies where sections lie in a memory, so that before-images find their places.
  const sections = [
    { section: reader.sections[1]!, start: 0 },
    { section: reader.sections[2]!, start: machine.pendings - machine.accounts },
  ];
  const pieceMax = 16 + random.below(8000);
  for (const { section, start } of sections) {
    for (let at = 0; at < section.size; ) {
      const size = Math.min(section.size - at, 1 + random.below(pieceMax));
      const piece = new Uint8Array(size);
      section.read(piece, at);
      result.set(piece, start + at);
      at += size;
      if (random.chance(0.5)) take();
      if (random.chance(0.02)) Atomics.wait(words, 5, 0, 1);
    }
  }
  reader.finished();
  while (take());
  const places = { ...machine, accounts: 0, pendings: machine.pendings - machine.accounts };
  for (const piece of taken) if (!applyBefores(result, places, head, piece)) throw new Error('no before-image');
  words[4] = taken.reduce((sum, { length }) => sum + length / 72, 0);
  reader.close();
  Atomics.store(words, 1, round);
  Atomics.notify(words, 1);
}
