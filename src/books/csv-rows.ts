/**
 * Rows and cells of a table in text (RFC 4180): cells may be quoted, and then hold separators, quotes and line breaks.
 */
import type { Place, Problems, Source } from './book.ts';

export interface Row {
  readonly cells: readonly string[];
  /** Where the row starts. */
  readonly place: Place;
}

export type Separator = ',' | ';' | '\t';

/** The separator that the header has most of; a comma when it has none. */
export function separatorOf(text: string): Separator {
  const header = text.split('\n', 1)[0]!;
  const count = (separator: Separator): number => header.split(separator).length;
  return ([';', '\t'] as const).reduce<Separator>((best, next) => (count(next) > count(best) ? next : best), ',');
}

const QUOTE = 0x22;
const RETURN = 0x0d;
const BREAK = 0x0a;

/**
 * Row by row, none of them kept; blank rows are left out. `problems` hears of quotes that are not closed, `read` of the
 * characters taken.
 */
export function* csvRows(
  { path, text }: Source,
  separator: Separator,
  { problems, read }: { readonly problems?: Problems; readonly read?: (characters: number) => void },
): Generator<Row, undefined> {
  const split = separator.charCodeAt(0);
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const place: Place = { path, line, column: 1 };
    const start = at;
    const cells: string[] = [];
    let blank = true;
    for (let more = true; more; ) {
      let cell = '';
      if (text.charCodeAt(at) === QUOTE) {
        const quoted = /"([^"]*(?:""[^"]*)*)"?/y;
        quoted.lastIndex = at;
        const match = quoted.exec(text)!;
        at += match[0].length;
        line += match[0].split('\n').length - 1;
        if (match[0].length < 2 || !match[0].endsWith('"')) problems?.tell('error', place, 'expected a closing quote');
        cell = match[1]!.replaceAll('""', '"');
      }
      const first = at;
      for (; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === split || code === RETURN || code === BREAK) break;
      }
      const rest = text.slice(first, at);
      cell = cell === '' ? rest : cell + rest;
      cells.push(cell);
      blank &&= cell.trim() === '';
      more = text.charCodeAt(at) === split;
      if (more) at += 1;
    }
    if (text.charCodeAt(at) === RETURN) at += 1;
    if (text.charCodeAt(at) === BREAK) at += 1;
    line += 1;
    read?.(at - start);
    if (!blank) yield { cells, place };
  }
  return undefined;
}
