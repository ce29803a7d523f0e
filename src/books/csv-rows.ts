/** Rows and cells of a table in text (RFC 4180): cells may be quoted, and then hold separators, quotes and line breaks. */
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

/** Blank rows are left out. */
export function csvRows({ path, text }: Source, separator: Separator, problems: Problems): Row[] {
  const rows: Row[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const place: Place = { path, line, column: 1 };
    const start = at;
    const cells: string[] = [];
    for (let more = true; more; ) {
      let cell: string;
      if (text[at] === '"') {
        const quoted = /"([^"]*(?:""[^"]*)*)"?/y;
        quoted.lastIndex = at;
        const match = quoted.exec(text)!;
        at += match[0].length;
        line += match[0].split('\n').length - 1;
        if (match[0].length < 2 || !match[0].endsWith('"')) problems.tell('error', place, 'expected a closing quote');
        cell = match[1]!.replaceAll('""', '"');
      } else {
        cell = '';
      }
      const plain = new RegExp(`[^${separator}\\r\\n]*`, 'y');
      plain.lastIndex = at;
      const rest = plain.exec(text)![0];
      at += rest.length;
      cells.push(cell + rest);
      more = text[at] === separator;
      if (more) at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    problems.read(at - start);
    if (cells.some((cell) => cell.trim() !== '')) rows.push({ cells, place });
  }
  return rows;
}
