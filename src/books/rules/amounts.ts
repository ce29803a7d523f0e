/** Amounts in the cells of a bank: signs of many kinds, and one decimal mark a column. */
import type { Problems } from '../book.ts';
import { type Cell, evidence, type Mark } from '../csv-cells.ts';
import { negate } from '../decimal.ts';
import { readAmount, readCost, type Style } from '../journal/amount.ts';
import { Line, LineProblem } from '../journal/line.ts';
import { type Priced, weightOf } from '../journal/mixed.ts';
import type { RowValues, Value } from './evaluate.ts';

/** `(5)` and `-5` are less than nothing, `-(5)` and `--5` are more, and a sign alone is nothing. */
export function simplifySign(text: string): string {
  const plain = text.replace(/^ +| +$/g, '');
  const turned = (rest: string): string => (rest.startsWith('-') ? rest.slice(1) : `-${rest}`);
  const bracketed = /^(-?)\(([\s\S]*)\)$/.exec(plain);
  if (bracketed !== null) return simplifySign(bracketed[1] === '-' ? bracketed[2]! : turned(bracketed[2]!));
  if (plain.startsWith('--')) return plain.slice(2);
  if (plain.startsWith('-+')) return turned(plain.slice(2));
  if (plain === '-' || plain === '+') return '';
  return plain.startsWith('+') ? simplifySign(plain.slice(1)) : plain;
}

/** Reads amounts, and remembers by field how their numbers are written. */
export class AmountReader {
  readonly #mark: Mark | undefined;
  readonly #cells: Map<string, Cell[]> = new Map();

  constructor(mark: Mark | undefined) {
    this.#mark = mark;
  }

  /** @throws LineProblem */
  read({ text, rule }: Value, currency: string, values: RowValues): Priced {
    const { place } = values.row;
    // Two marks in a column are told when all of it is known; until then, hledger's reading stands.
    const style: Style = {
      decimalMark: this.#mark,
      marks: new Map(),
      commodity: '',
      mark: undefined,
      onLone: () => {},
    };
    const line = new Line(place.path, place.line, currency + simplifySign(text.trim()));
    try {
      const amount = readAmount(line, style);
      this.#note(rule.field, { text: line.text.slice(0, line.at), place });
      const cost = readCost(line, amount, style);
      line.blanks();
      if (!line.done) line.fail('the end of the amount');
      return { ...amount, cost };
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      const { path, line: at } = rule.place;
      const said = `the rule for ${rule.field} (${path}:${at}) makes '${line.text}' of this row`;
      throw new LineProblem(place, `${error.message}: ${said}`);
    }
  }

  #note(field: string, cell: Cell): void {
    const cells = this.#cells.get(field);
    if (cells === undefined) this.#cells.set(field, [cell]);
    else cells.push(cell);
  }

  /** A table whose cells do not show one mark, which hledger reads each by itself, is told as an error. */
  checkMarks(problems: Problems): void {
    if (this.#mark !== undefined) return;
    const columns = [...this.#cells].map(([field, cells]) => {
      const said = cells.map(({ text, place }) => {
        const body = text.replace(/[^\d.,]+/g, '');
        return { body, place, mark: evidence(body) };
      });
      return { field, said, own: said.find(({ mark }) => mark === '.' || mark === ',') };
    });
    const beside = columns.find(({ own }) => own !== undefined)?.own;
    for (const { field, said, own } of columns) {
      const shown = own ?? beside;
      const other = said.find(({ body, mark }) =>
        mark === 'either' ? !body.includes(shown?.mark ?? '.') : mark !== undefined && mark !== shown!.mark,
      );
      if (other === undefined) continue;
      const read = `hledger reads '${other.body}' as ${other.body.replace(',', '.')}`;
      if (shown === undefined) {
        problems.tell('warning', other.place, `${read}; say 'decimal-mark .' in the rules if it is a thousand`);
      } else {
        const why = `beside '${shown.body}' (line ${shown.place.line}) ${read}`;
        problems.tell(
          'error',
          other.place,
          `expected one decimal mark in ${field}: ${why}; say 'decimal-mark' in the rules`,
        );
      }
    }
  }
}

/** What the fields without a number are worth to the second posting: the other side, at its cost. */
export const otherSide = (amount: Priced): Priced => {
  const { commodity, number, precision } = weightOf(amount);
  return { commodity, number: negate(number), precision };
};

export const negated = (amount: Priced): Priced => ({
  ...amount,
  number: negate(amount.number),
  cost: amount.cost?.total === true ? { ...amount.cost, number: negate(amount.cost.number) } : amount.cost,
});
