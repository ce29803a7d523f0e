/** Whether something is forgotten: for tests of what must not be kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is left of it after everything that nobody needs is collected. */
export async function remains(of: WeakRef<object>): Promise<object | undefined> {
  // A reference that was looked at lives until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return of.deref();
}
