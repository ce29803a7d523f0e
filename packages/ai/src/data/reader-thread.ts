/** A thread of a {@link ReaderPool}: opens sources by their specs, and reads steps into shared memory. */
import { parentPort } from 'node:worker_threads';
import { fill, views } from './filled.ts';
import { openSource } from './open-source.ts';
import type { FromThread, ToThread } from './reader-pool.ts';
import type { Source } from './source.ts';

const sources = new Map<number, Promise<Source>>();

parentPort!.on('message', (message: ToThread) => {
  if (message.kind === 'open') sources.set(message.loader, openSource(message.spec));
  else if (message.kind === 'close') void close(message.loader);
  else void read(message).then((answer) => parentPort!.postMessage(answer));
});

async function read({ loader, step, indexes, buffer, at }: Extract<ToThread, { kind: 'read' }>): Promise<FromThread> {
  try {
    const source = await sources.get(loader)!;
    const { x, y } = views(source, buffer, at, indexes.length);
    return { loader, step, filled: await fill(source, indexes, x, y) };
  } catch (error) {
    return { loader, step, failed: (error as Error).message };
  }
}

async function close(loader: number): Promise<void> {
  const source = sources.get(loader);
  sources.delete(loader);
  await source?.then(
    (opened) => opened.close(),
    () => undefined,
  );
}
