/** Keys that work everywhere, but where somebody types. */
import { type Signal, signal } from '@preact/signals';
import { may } from './api.ts';
import { feedState, pauseFeed, startFeed } from './feed.ts';
import { go } from './router.ts';

export const helpShown: Signal<boolean> = signal(false);

const PLACES: { readonly [key: string]: string } = {
  h: '',
  a: 'accounts',
  t: 'transfers',
  o: 'holds',
  b: 'books',
  s: 'settings',
};
const SECOND_MS = 2000;
let gAt = Number.NEGATIVE_INFINITY;

export function togglePause(): void {
  if (feedState.peek() === 'paused') startFeed();
  else pauseFeed();
}

export function watchKeys(): void {
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest('input, select, textarea, dialog') !== null) return;
    const second = performance.now() - gAt < SECOND_MS;
    gAt = event.key === 'g' && !second ? performance.now() : Number.NEGATIVE_INFINITY;
    const place = second ? PLACES[event.key] : undefined;
    if (place !== undefined) go([place]);
    else if (event.key === '/') document.querySelector<HTMLElement>('#find')?.focus();
    else if (event.key === 'n' && may('transfers:write')) go(['new', 'transfer']);
    else if (event.key === 'p') togglePause();
    else if (event.key === '?') helpShown.value = true;
    else return;
    event.preventDefault();
  });
}
