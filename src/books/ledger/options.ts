/**
 * Options that stand in a journal as on a command line of their own: those that change how it is read, and harmless
 * ones.
 */
import type { Line } from '../journal/line.ts';
import type { Session } from './session.ts';

/** They are about reports, or only warn. */
const HARMLESS = new Set(
  [
    'pedantic',
    'strict',
    'explicit',
    'check-payees',
    'date-format',
    'datetime-format',
    'price-db',
    'wide',
    'pager',
    'color',
  ].concat([
    'force-color',
    'cost',
    'market',
    'sort',
    'effective',
    'aux-date',
    'price-exp',
    'columns',
    'no-pager',
    'no-color',
    'empty',
    // Ledger takes these on its command line alone.
    'recursive-aliases',
    'no-aliases',
  ]),
);

/** @throws LineProblem */
export function option(session: Session, line: Line): void {
  const [, name, value] = /^--([a-z-]+)(?:[ \t=]+(.*\S))?\s*$/.exec(line.text) ?? [];
  switch (name) {
    case 'decimal-comma':
      session.commodities.comma = true;
      return;
    case 'input-date-format':
      if (value === undefined || !session.dates.format(value.replace(/^"(.*)"$/, '$1'))) {
        line.fail('a format of %Y, %y, %m and %d');
      }
      return;
    default:
      if (name === undefined || !HARMLESS.has(name)) line.fail('an option that is read in journals');
      session.problems.tell('notice', line.place, `--${name} has no effect on balances`);
  }
}
