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

export function usePages<Row>(key: string, page: PageOf<Row>): Paged<Row> {
  const state = useSignal<{ rows: readonly Row[]; done: boolean; loading: boolean; error?: unknown }>({
    rows: [],
    done: false,
    loading: true,
  });
  const turn = useSignal(0);
  const abort = useRef<AbortController | undefined>(undefined);
  const latest = useRef(page);
  latest.current = page;
  const load = async (ended: AbortSignal): Promise<void> => {
    const { rows } = state.peek();
    const limit = rows.length === 0 ? FIRST : NEXT;
    state.value = { rows, done: false, loading: true };
    try {
      const found = await latest.current(rows.at(-1), limit, ended);
      if (!ended.aborted) state.value = { rows: [...rows, ...found], done: found.length < limit, loading: false };
    } catch (error) {
      if (!ended.aborted) state.value = { rows, done: false, loading: false, error };
    }
  };
  useEffect(() => {
    const own = new AbortController();
    abort.current = own;
    state.value = { rows: [], done: false, loading: true };
    void load(own.signal);
    return () => own.abort();
  }, [key, turn.value]);
  const { rows, done, loading, error } = state.value;
  const more = (): void => {
    const { loading: busy, done: ended, error: failed } = state.peek();
    if (!busy && !ended && failed === undefined) void load(abort.current!.signal);
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
