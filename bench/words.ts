/**
 * Places of fields in words of 32 bits: programs here fill cells as `Uint32Array`s. A u16 fills the word's lower half.
 */
import { AccountOffset, TransferOffset } from '../src/model/index.ts';

type Words<T> = { readonly [field in keyof T]: number };

function wordsOf<T extends { readonly [field: string]: number }>(offsets: T): Words<T> {
  return Object.fromEntries(Object.entries(offsets).map(([field, offset]) => [field, offset >>> 2])) as Words<T>;
}

/** Words of a cell. */
export const CELL_WORDS = 32;
export const AccountWord: Words<typeof AccountOffset> = wordsOf(AccountOffset);
export const TransferWord: Words<typeof TransferOffset> = wordsOf(TransferOffset);
