/**
 * Where the person is, in the fragment of the address: `#/account/7?code=100`. A view is its address, so it can be
 * kept, sent and reloaded; and no id in it reaches a proxy's log.
 */
import { type ReadonlySignal, signal } from '@preact/signals';

export interface Route {
  /** `['account', '7']` */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Route {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { path: parts.map(decoded), query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const here = signal<Route>(read());
export const route: ReadonlySignal<Route> = here;

export function watchAddress(): void {
  addEventListener('hashchange', () => {
    here.value = read();
  });
}

export type Query = { readonly [name: string]: string | number | undefined };

/** The address of a view. Empty values are left out. */
export function href(path: readonly (string | number)[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${text === '' ? '' : `?${text}`}`;
}

export function go(path: readonly (string | number)[], query?: Query): void {
  location.hash = href(path, query);
}

/** Changes what a view shows, without a step back for each change. */
export function refine(query: Query): void {
  const merged: Record<string, string | number | undefined> = { ...Object.fromEntries(here.value.query), ...query };
  history.replaceState(null, '', href(here.value.path, merged));
  here.value = read();
}

/** Shows another view in the place of this one: `#/account/7`. */
export function turnTo(fragment: string): void {
  history.replaceState(null, '', fragment);
  here.value = read();
}
