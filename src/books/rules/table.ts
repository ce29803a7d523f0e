/**
 * The rows of a table, as strictly as hledger takes them: nothing stands around the quotes of a cell, and no quote in a
 * cell without them. Blank lines are left out, in quotes too.
 */
import type { Problems, Source } from '../book.ts';
import type { TableRow } from './syntax.ts';

/** Left out are `skip` lines that are not blank. What is no row is told as an error, and ends the table. */
export function tableRows(source: Source, separator: string, skip: number, problems: Problems): TableRow[] {
  problems.source(source);
  const lines = source.text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== '')
    .slice(skip);
  const text = lines.map((line) => `${line.text}\n`).join('');
  const plain = new RegExp(`[^${separator.replace(/[\\\]^-]/, '\\$&')}"\\n]*`, 'y');
  const rows: TableRow[] = [];
  let at = 0;
  let line = 0;
  while (at < text.length) {
    problems.tick();
    const place = { path: source.path, line: lines[line]!.line, column: 1 };
    const start = at;
    const cells: string[] = [];
    for (;;) {
      const pattern = text[at] === '"' ? /"([^"]*(?:""[^"]*)*)"/y : plain;
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) {
        problems.tell('error', place, 'expected a closing quote');
        return rows;
      }
      cells.push(pattern === plain ? match[0] : match[1]!.replaceAll('""', '"'));
      at += match[0].length;
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text[at] !== '\n') {
      problems.tell('error', { ...place, column: at - start + 1 }, `expected '${separator}' or the end of the row`);
      return rows;
    }
    at += 1;
    problems.read(at - start);
    for (let end = text.indexOf('\n', start); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line += 1;
    rows.push({ cells, place });
  }
  return rows;
}
