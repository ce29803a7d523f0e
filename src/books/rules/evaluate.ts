/** What the rules say of one row: which conditions hold, and what the fields become. */
import type { Assignment, Block, Rules, TableRow } from './syntax.ts';

/** A value, and the rule that it comes from. */
export interface Value {
  readonly text: string;
  readonly rule: Assignment;
}

export class Evaluator {
  readonly #rules: Rules;
  readonly #top: Map<string, Assignment> = new Map();
  readonly #blocks: Map<string, Block[]> = new Map();

  constructor(rules: Rules) {
    this.#rules = rules;
    for (const assignment of rules.assignments) this.#top.set(assignment.field, assignment);
    for (const block of rules.blocks) {
      for (const field of new Set(block.assignments.map((assignment) => assignment.field))) {
        const blocks = this.#blocks.get(field);
        if (blocks === undefined) this.#blocks.set(field, [block]);
        else blocks.push(block);
      }
    }
  }

  /** Names of all fields that some rule assigns. */
  get fields(): ReadonlySet<string> {
    return new Set([...this.#top.keys(), ...this.#blocks.keys()]);
  }

  row(row: TableRow): RowValues {
    return new RowValues(this.#rules, this.#top, this.#blocks, row);
  }
}

export class RowValues {
  readonly row: TableRow;
  readonly #rules: Rules;
  readonly #top: ReadonlyMap<string, Assignment>;
  readonly #blocks: ReadonlyMap<string, readonly Block[]>;
  readonly #holds: Map<Block, boolean> = new Map();
  /** The row as patterns for all of it see it. */
  readonly #whole: string;

  constructor(
    rules: Rules,
    top: ReadonlyMap<string, Assignment>,
    blocks: ReadonlyMap<string, readonly Block[]>,
    row: TableRow,
  ) {
    this.#rules = rules;
    this.#top = top;
    this.#blocks = blocks;
    this.row = row;
    this.#whole = row.cells.join(',');
  }

  /** The last rule that applies; undefined: none does. */
  value(field: string): Value | undefined {
    const block = this.#blocks.get(field)?.findLast((candidate) => this.#isActive(candidate));
    if (block !== undefined) {
      const rule = block.assignments.findLast((assignment) => assignment.field === field)!;
      return { text: this.#render(rule.template, [block]), rule };
    }
    const rule = this.#top.get(field);
    return rule && { text: this.#render(rule.template, undefined), rule };
  }

  /** What hledger shows of a cell: without the blanks around it. */
  #cell(name: string): string {
    const column = /^\d+$/.test(name) ? Number(name) : this.#rules.columns.get(name.toLowerCase());
    return (column === undefined ? '' : (this.row.cells[column - 1] ?? '')).trim();
  }

  /** One group of matchers is enough, and in it all must hold. */
  #isActive(block: Block): boolean {
    const known = this.#holds.get(block);
    if (known !== undefined) return known;
    let active = false;
    let group = true;
    for (const [index, { and, cell, pattern, negated }] of block.matchers.entries()) {
      if (index > 0 && !and) {
        if (group) break;
        group = true;
      }
      group &&= pattern.finds(cell === undefined ? this.#whole : this.#cell(cell)) !== negated;
    }
    active = group;
    this.#holds.set(block, active);
    return active;
  }

  /** Groups are counted through the conditions of the rule's block, or through all that hold. */
  #render(template: string, blocks: readonly Block[] | undefined): string {
    let groups: readonly string[] | undefined;
    return template.replace(/\\(\d+)|%([\p{L}\p{N}_-]+)/gu, (_, group: string | undefined, name: string) => {
      if (group === undefined) return this.#cell(name);
      groups ??= (blocks ?? this.#rules.blocks.filter((block) => this.#isActive(block)))
        .flatMap(({ matchers }) => matchers)
        .flatMap(({ cell, pattern }) => pattern.groups(cell === undefined ? this.#whole : this.#cell(cell)) ?? []);
      return groups[Number(group) - 1] ?? '';
    });
  }
}
