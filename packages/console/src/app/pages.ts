/** Lists that the API gives in pages: each goes on behind the last, until one is not full. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Paged<Row> {
  readonly rows: readonly Row[];
  readonly error: unknown;
  readonly loading: boolean;
  /** Undefined: all are there. */
  readonly more: (() => void) | undefined;
  reload(): void;
}

/** The page behind a row; undefined: the first. Fewer rows than asked for are the last. */
export type PageOf<Row> = (after: Row | undefined, limit: number, abort: AbortSignal) => Promise<readonly Row[]>;

const FIRST = 100;
const NEXT = 500;

/** `beat`: when it changes, the list is asked for again; what was there stays until then, and whoever is in it, too. */
export function usePages<Row>(key: string, page: PageOf<Row>, beat = 0): Paged<Row> {
  const state = useSignal<{ rows: readonly Row[]; done: boolean; loading: boolean; error?: unknown }>({
    rows: [],
    done: false,
    loading: true,
  });
  const turn = useSignal(0);
  const abort = useRef<AbortController | undefined>(undefined);
  const latest = useRef(page);
  latest.current = page;
  const loaded = useRef<string | undefined>(undefined);
  /** Goes on behind `before`; `shown` stays until the answer is there. */
  const load = async (before: readonly Row[], shown: readonly Row[], ended: AbortSignal): Promise<void> => {
    const limit = before.length === 0 ? FIRST : NEXT;
    state.value = { rows: shown, done: false, loading: true };
    try {
      const found = await latest.current(before.at(-1), limit, ended);
      if (!ended.aborted) state.value = { rows: [...before, ...found], done: found.length < limit, loading: false };
    } catch (error) {
      if (!ended.aborted) state.value = { rows: shown, done: false, loading: false, error };
    }
  };
  useEffect(() => {
    const own = new AbortController();
    abort.current = own;
    const shown = loaded.current === key ? state.peek().rows : [];
    loaded.current = key;
    void load([], shown, own.signal);
    return () => own.abort();
  }, [key, turn.value, beat]);
  const { rows, done, loading, error } = state.value;
  const more = (): void => {
    const { rows: before, loading: busy, done: ended, error: failed } = state.peek();
    if (!busy && !ended && failed === undefined) void load(before, before, abort.current!.signal);
  };
  return {
    rows,
    error,
    loading,
    more: done ? undefined : more,
    reload: () => {
      turn.value += 1;
    },
  };
}
