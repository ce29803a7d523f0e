/** Plain-text books: read, checked, and turned into accounts and transfers. Takes text and a Ledger; touches no file. */
export { type Balance, balances, balancesObject } from './balances.ts';
export { type Book, describe, type Format, type Problem, type Source } from './book.ts';
export { BookError } from './errors.ts';
export { type Difference, type ImportOptions, type ImportResult, importBook, type Progress } from './import.ts';
export { type AccountName, type CommodityName, formatNames, type Names, NO_NAMES, parseNames } from './names.ts';
export { FORMATS, guessFormat, type Read } from './read.ts';
export type { Counts } from './send.ts';
