import { TallystickError } from '../model/index.ts';

/** The source of a caller's token: its text, or a function that makes a fresh one for every connection. */
export type TokenSource = string | (() => string | Promise<string>);

/** Rejects with what the function throws, with `timed_out`, or with the signal's reason. */
export async function tokenOf(
  source: TokenSource | undefined,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (typeof source !== 'function') return source;
  signal?.throwIfAborted();
  let settle: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TallystickError('timed_out', `there was no token within ${milliseconds} ms`)),
      milliseconds,
    );
    const abort = (): void => reject(signal!.reason);
    signal?.addEventListener('abort', abort);
    settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([source(), late]);
  } finally {
    settle?.();
  }
}
