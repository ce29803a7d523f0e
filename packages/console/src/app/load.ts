/** What a screen shows comes from the API: it loads, is there, or failed, and can be asked for again. */
import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { feedState } from './feed.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  reload(): void;
}

/** Loads when the screen appears, when `key` changes and when `beat` does; what was there stays until then. */
export function useLoad<T>(key: string, load: (abort: AbortSignal) => Promise<T>, beat?: Signal<number>): Loaded<T> {
  const state = useSignal<{ key: string; value?: T; error?: unknown; loading: boolean }>({ key, loading: true });
  const turn = useSignal(0);
  const latest = useRef(load);
  latest.current = load;
  const run = (): (() => void) => {
    const abort = new AbortController();
    const kept = state.peek().key === key ? state.peek().value : undefined;
    state.value = { key, loading: true, ...(kept === undefined ? {} : { value: kept }) };
    latest
      .current(abort.signal)
      .then((value) => {
        if (!abort.signal.aborted) state.value = { key, value, loading: false };
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) state.value = { key, error, loading: false };
      });
    return () => abort.abort();
  };
  useEffect(run, [key, turn.value]);
  const seen = useRef<number | undefined>(undefined);
  useSignalEffect(() => {
    const now = beat?.value;
    if (seen.current !== undefined && now !== seen.current) turn.value += 1;
    seen.current = now;
  });
  const { value, error, loading } =
    state.value.key === key ? state.value : { value: undefined, error: undefined, loading: true };
  return {
    value,
    error,
    loading,
    reload: () => {
      turn.value += 1;
    },
  };
}

const LOOK_MS = 5000;

/** Grows every five seconds while somebody looks at a page that is not paused. */
export function useTick(): Signal<number> {
  const tick = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && feedState.peek() !== 'paused') tick.value += 1;
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return tick;
}
