/**
 * A table of records. Few rows are drawn as they are; of many only those that can be seen, between two spaces as high
 * as all the others, so that a million scroll as ten do. The last row that is loaded asks for those behind it.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { csvOf, download, type ExportColumn, jsonOf } from './exports.ts';
import { countText } from './settings.ts';
import { say } from './strings/index.ts';

export interface Column<Row> extends ExportColumn<Row> {
  readonly label: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly right?: boolean;
  /** Left out where the screen is narrow. */
  readonly wide?: boolean;
  /** In files alone. */
  readonly unseen?: boolean;
}

export interface TableProps<Row> {
  /** What it is a table of: read out by screen readers, and the name of its exports. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** There may be more; called when the end comes near. */
  readonly more?: (() => void) | undefined;
  readonly loading?: boolean;
  readonly children?: ComponentChildren;
  /** It is as high as its rows, and scrolls with the page. */
  readonly short?: boolean;
}

const ALL_MAX = 120;
const BEYOND = 12;
const ROW = 34;

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { caption, rows, rowKey, more, loading = false, short = false } = props;
  const columns = props.columns.filter(({ unseen }) => unseen !== true);
  const box = useRef<HTMLDivElement>(null);
  const from = useSignal(0);
  const height = useSignal(ROW);
  const many = rows.length > ALL_MAX;
  const seen = Math.ceil((box.current?.clientHeight ?? 900) / height.value) + 2 * BEYOND;
  const first = many ? Math.max(0, Math.min(from.value, rows.length - seen)) : 0;
  const last = many ? Math.min(rows.length, first + seen) : rows.length;
  const look = (): void => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    from.value = Math.max(0, Math.floor(scrollTop / height.peek()) - BEYOND);
    if (scrollHeight - scrollTop - clientHeight < clientHeight * 2) more?.();
  };
  useLayoutEffect(() => {
    const drawn = box.current?.querySelector<HTMLElement>('tr[data-row]')?.offsetHeight;
    if (drawn !== undefined && drawn > 0 && Math.abs(drawn - height.peek()) > 0.5) height.value = drawn;
  });
  // A page may be too short to scroll: then nobody would ask for the next one.
  useEffect(() => {
    if (box.current !== null && !short) look();
  }, [rows.length]);
  return (
    <div class="table" aria-busy={loading}>
      <Bar {...props} />
      <div
        class={short ? 'rows short' : 'rows'}
        ref={box}
        onScroll={look}
        onKeyDown={(event) => moveRow(event, box.current!, height.peek())}
        tabIndex={0}
        role="group"
        aria-label={caption}
      >
        <table aria-rowcount={more === undefined ? rows.length + 1 : -1}>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(({ key, label, right, wide }) => (
                <th key={key} scope="col" class={classOf(right, wide)}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          {first > 0 && <Space rows={first} height={height.value} span={columns.length} />}
          <tbody>
            {rows.slice(first, last).map((row, i) => (
              <tr key={rowKey(row)} data-row={first + i} aria-rowindex={first + i + 2}>
                {columns.map(({ key, cell, right, wide }) => (
                  <td key={key} class={classOf(right, wide)}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {last < rows.length && <Space rows={rows.length - last} height={height.value} span={columns.length} />}
        </table>
        {rows.length === 0 && <p class="empty">{loading ? say().loading : say().empty}</p>}
      </div>
    </div>
  );
}

/** How much is loaded, what else the screen puts there, and the exports. */
function Bar<Row>({ caption, columns, rows, more, children }: TableProps<Row>): JSX.Element {
  const name = caption.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  const count = countText(rows.length);
  return (
    <div class="bar">
      {children}
      <span class="count" role="status">
        {more === undefined ? say().allLoaded(count) : say().loaded(count)}
      </span>
      <span class="exports">
        <span class="label">{say().exportAs}</span>
        <button type="button" class="quiet" onClick={() => download(`${name}.csv`, 'text/csv', csvOf(columns, rows))}>
          {say().exportCsv}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => download(`${name}.json`, 'application/json', jsonOf(columns, rows))}
        >
          {say().exportJson}
        </button>
      </span>
    </div>
  );
}

function Space({ rows, height, span }: { rows: number; height: number; span: number }): JSX.Element {
  return (
    <tbody aria-hidden="true">
      <tr class="space">
        <td colSpan={span} style={{ height: `${rows * height}px` }} />
      </tr>
    </tbody>
  );
}

function classOf(right: boolean | undefined, wide: boolean | undefined): string {
  return `${right === true ? 'right' : ''}${wide === true ? ' wide' : ''}`.trim();
}

const STEPS: { readonly [key: string]: number } = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** From row to row by key: the first link of each is where the focus goes. Links of a row may have keys, too. */
function moveRow(event: KeyboardEvent, box: HTMLElement, height: number): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const row = (event.target as HTMLElement).closest<HTMLElement>('tr[data-row]');
  const named = [...(row?.querySelectorAll<HTMLElement>('[data-key]') ?? [])];
  named.find((link) => link.dataset.key === event.key)?.click();
  const step = STEPS[event.key];
  if (step === undefined) return;
  if (row === null && event.target !== box) return;
  const wanted = row === null ? Math.ceil(box.scrollTop / height) : Number(row.dataset.row) + step;
  event.preventDefault();
  const focus = (): boolean => {
    const link = box.querySelector<HTMLElement>(`tr[data-row="${wanted}"] a`);
    link?.focus({ preventScroll: false });
    return link !== null;
  };
  if (focus() || wanted < 0) return;
  box.scrollTop = wanted * height;
  requestAnimationFrame(() => requestAnimationFrame(focus));
}
