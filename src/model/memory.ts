/** Translates the language's error when the system gives no memory into the one that callers know. */
import { TallystickError } from './errors.ts';

/** As V8 and Node say it: of a WebAssembly memory, of a buffer, of an array, of a thread's heap. */
const REFUSED = /could not allocate memory|allocation failed|^Invalid array length|Maximum memory size exceeded/i;

/** `memory_full` for an error that says that there was no memory, and any other error as it is. */
export function orMemoryFull(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TallystickError) return error;
  const { code } = error as { readonly code?: unknown };
  const refused = error instanceof RangeError && REFUSED.test(error.message);
  if (!refused && code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new TallystickError('memory_full', `the system gives no more memory: ${error.message}`, { cause: error });
}
