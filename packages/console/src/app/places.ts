/** Screens that the list of screens leads to, each with the key that goes there behind `g`. */
import { say } from './strings/index.ts';

export interface Place {
  /** The first part of its address. */
  readonly path: string;
  readonly key: string;
  readonly name: string;
}

export function places(): readonly Place[] {
  const words = say();
  return [
    { path: '', key: 'h', name: words.home },
    { path: 'accounts', key: 'a', name: words.accounts },
    { path: 'transfers', key: 't', name: words.transfers },
    { path: 'holds', key: 'o', name: words.holds },
    { path: 'books', key: 'b', name: words.books },
    { path: 'settings', key: 's', name: words.settings },
  ];
}
