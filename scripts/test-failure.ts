/** What Node's runner says of a test that failed. */
export interface TestFailure {
  readonly failureType?: string;
  /** What the test threw, as it came over from the file's process. */
  readonly cause?: unknown;
}

/**
 * Whether the test failed because a wait ran out: a busy machine can do that to a test that is right. An assertion that
 * failed, or any other error, is never late. Of a test whose subtests failed, they tell it themselves.
 */
export function isLate({ failureType, cause }: TestFailure): boolean {
  if (failureType === 'subtestsFailed' || failureType === 'testTimeoutFailure') return true;
  if (failureType !== 'testCodeFailure' || typeof cause !== 'object' || cause === null) return false;
  const { name, code } = cause as { readonly name?: unknown; readonly code?: unknown };
  return name === 'TimeoutError' || code === 'timed_out' || code === 'ETIMEDOUT';
}
