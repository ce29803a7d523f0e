/**
 * Plain-text books: read, checked, and turned into accounts and transfers. Takes text and a Ledger; touches no file.
 */
export { type Balance, balances, balancesObject, type Total, type Trial, trial } from './balances.ts';
export { type Book, type BookTransaction, describe, type Format, type Problem, type Source } from './book.ts';
export { format as formatNumber } from './decimal.ts';
export { BookError, BookStopped } from './errors.ts';
export {
  type Difference,
  type ImportOptions,
  type ImportResult,
  importBook,
  type Preview,
  type PreviewOptions,
  type Progress,
  previewBook,
} from './import.ts';
export {
  type AccountName,
  type CommodityName,
  clearingId,
  formatNames,
  type Names,
  NO_NAMES,
  parseNames,
} from './names.ts';
export { FORMATS, guessFormat, isBookName, type Read, type ReadOptions, readBook } from './read.ts';
export type { Counts } from './send.ts';
export { tally } from './tally.ts';
