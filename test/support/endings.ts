/**
 * What a test has opened is closed when the tests of its file are over, also where one has failed before it came to
 * that: a server that stays open would keep the process of the file alive, and the whole run waiting for it.
 */
import { after } from 'node:test';

const endings: (() => unknown)[] = [];

after(async () => {
  // Each ends, however another one ends.
  for (const end of endings.splice(0).reverse()) await Promise.resolve(end()).catch(() => {});
});

/** Returns `end` as something that happens once: when it is called, or at the end of the file. */
export function atEnd(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  endings.push(once);
  return once;
}
