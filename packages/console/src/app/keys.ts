/** Keys that work everywhere, but where somebody types. */
import { type Signal, signal } from '@preact/signals';
import { may } from './api.ts';
import { feedState, pauseFeed, startFeed } from './feed.ts';
import { places } from './places.ts';
import { go } from './router.ts';

export const helpShown: Signal<boolean> = signal(false);
/** `g` was pressed: the next key names a place. No clock ends that, because people and machines may be slow. */
export const going: Signal<boolean> = signal(false);

/** Keys that only change what others mean. */
const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock']);

export function togglePause(): void {
  if (feedState.peek() === 'paused') startFeed();
  else pauseFeed();
}

/** Whoever clicks, or looks at another window, has changed its mind. */
function stay(): void {
  going.value = false;
}

export function watchKeys(): void {
  // Before anybody else: behind `g`, a key that a row of a table would take is a place.
  addEventListener('keydown', press, { capture: true });
  addEventListener('pointerdown', stay);
  addEventListener('blur', stay);
}

function press(event: KeyboardEvent): void {
  if (MODIFIERS.has(event.key)) return;
  const behindG = going.peek();
  going.value = false;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // A dialog that was closed has the focus until the next frame, if what had it before is gone.
  if ((event.target as Element).closest?.('input, select, textarea, dialog[open]') != null) return;
  const place = behindG ? places().find(({ key }) => key === event.key) : undefined;
  if (place !== undefined) go([place.path]);
  else if (event.key === 'g') going.value = true;
  else if (event.key === '/') document.querySelector<HTMLElement>('#find')?.focus();
  else if (event.key === 'n' && may('transfers:write')) go(['new', 'transfer']);
  else if (event.key === 'p') togglePause();
  else if (event.key === '?') helpShown.value = true;
  else return;
  event.preventDefault();
}
