/**
 * Assertions: our own mistakes, never the world's. They stay on in production.
 * Bytes from a disk or a socket are checked, counted and reported, never asserted on.
 */

/** The engine found itself in a state that the code says cannot be. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} unless `condition` holds. `why` says what must be true. */
export function assert(condition: boolean, why = 'assertion failed'): asserts condition {
  if (!condition) throw new AssertionError(why);
}

/** Marks a place that an exhaustive `switch` never reaches. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

/** Whether one of our assertions has failed, here or in a kernel, which traps. */
export function isAssertion(error: unknown): boolean {
  return error instanceof AssertionError || (error instanceof Error && error.name === 'RuntimeError');
}
