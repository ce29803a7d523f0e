/** Dates of their own that postings have in their comments: `date:2024-06-03`, `date:6/3`, `[2024-06-03]`. */
import { dateOf } from '../book.ts';

const DATE = /^(?:(\d{4,})([-/.]))?(\d{1,2})([-/.])(\d{1,2})/;

/** A text: what was expected instead. Undefined: the comment names no date. */
export function postingDate(comment: string, year: number): number | string | undefined {
  let rest = comment;
  let found: number | string | undefined;
  const note = (date: number | string | undefined): void => {
    found ??= date;
  };
  for (;;) {
    const colon = rest.indexOf(':');
    const before = colon < 0 ? rest : rest.slice(0, colon);
    note(bracketed(before, year));
    if (colon < 0) return found;
    const name = before.split(/\s/).at(-1);
    rest = rest.slice(colon + 1).replace(/^[ \t]+/, '');
    if (name === '') continue;
    const comma = rest.indexOf(',');
    const value = comma < 0 ? rest : rest.slice(0, comma);
    if (name === 'date') note(dateIn(value, year) ?? "a date behind 'date:'");
    else if (name === 'date2' && dateIn(value, year) === undefined) note("a date behind 'date2:'");
    else note(bracketed(value, year));
    if (comma < 0) return found;
    rest = rest.slice(comma + 1);
  }
}

/** `[DATE]`, `[DATE=DATE2]`, `[=DATE2]`; brackets with anything else in them mean nothing. */
function bracketed(text: string, year: number): number | string | undefined {
  for (const [, inside] of text.matchAll(/\[([\d/.=-]+)\]/g)) {
    if (!/\d/.test(inside!) || !/[/.-]/.test(inside!)) continue;
    const [first, second, ...more] = inside!.split('=');
    const date = first === '' ? undefined : dateIn(first!, year, true);
    const bad = (first !== '' && date === undefined) || more.length > 0;
    if (bad || (second !== undefined && dateIn(second, year, true) === undefined)) return 'a date between brackets';
    if (date !== undefined) return date;
  }
  return undefined;
}

/** A second date without a year has the first one's. `whole`: nothing stands behind it. */
export function dateIn(text: string, year: number, whole: boolean = false): number | undefined {
  const match = DATE.exec(text);
  if (match === null || (whole && match[0].length !== text.length)) return undefined;
  if (match[2] !== undefined && match[2] !== match[4]) return undefined;
  return dateOf(match[1] === undefined ? year : Number(match[1]), Number(match[3]), Number(match[5]));
}
