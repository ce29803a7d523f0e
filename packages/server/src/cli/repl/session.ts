/** Runs statements on a ledger, one after the other, and prints what it answers. */
import type { Ledger } from 'tallystick/internal/model';
import type { OperationByName } from 'tallystick/internal/wire';
import { Asker, NotNow } from './asker.ts';
import { type Answer, type Format, format, isMissing, nothing, refusedCount } from './format.ts';
import { explanation, help } from './help.ts';
import { ParseError } from './parse-error.ts';
import { parse, type Statement, type Values } from './parser.ts';

export interface SessionOptions {
  readonly ledger: Ledger;
  readonly format: Format;
  /** Columns of the terminal, at the time. */
  readonly width: () => number;
  readonly newId: () => bigint;
  /** Answers. */
  readonly print: (text: string) => void;
  /** Everything else. */
  readonly say: (text: string) => void;
}

/** `no`: a mistake in the text, an empty answer, or an event that was refused. */
export type Outcome = 'done' | 'no' | 'exit';

export class Session {
  readonly #options: SessionOptions;
  readonly #asker: Asker;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#asker = new Asker(options.ledger);
  }

  /** The snapshot that reads show: its `as_of`; undefined: the present. */
  get asOf(): bigint | undefined {
    return this.#asker.asOf;
  }

  /** Runs every statement of a text, or none if there is a mistake in it. Rejects when the ledger does. */
  async run(text: string): Promise<Outcome> {
    let statements: Statement[];
    try {
      statements = parse(text, this.#options.newId);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#options.say(error.show(text));
      return 'no';
    }
    let outcome: Outcome = 'done';
    for (const statement of statements) {
      const one = await this.#statement(statement);
      if (one === 'exit') return outcome === 'no' ? 'no' : 'exit';
      if (one === 'no') outcome = 'no';
    }
    return outcome;
  }

  async #statement(statement: Statement): Promise<Outcome> {
    if (statement.kind === 'exit') return 'exit';
    if (statement.kind === 'now') {
      this.#asker.now();
      return 'done';
    }
    if (statement.kind === 'operation') return this.#operation(statement.rule, statement.objects);
    const word = statement.kind === 'help' ? statement.topic : statement.word;
    const text = statement.kind === 'help' ? help(word) : explanation(statement.word);
    if (text === undefined) {
      this.#options.say(`Nothing is known of "${word}".`);
      return 'no';
    }
    this.#options.print(text);
    return 'done';
  }

  async #operation(rule: OperationByName, objects: readonly Values[]): Promise<Outcome> {
    const asked = rule.single && objects.length === 0 ? [new Map()] : objects;
    let records: object[];
    try {
      records = asked.length === 0 ? [] : await this.#asker.ask(rule, asked);
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      this.#options.say(error.message);
      return 'no';
    }
    const answer: Answer = { rule, objects: asked, records };
    if (answer.records.length === 0) {
      this.#options.say(nothing(answer));
      return 'no';
    }
    this.#options.print(format(answer, this.#options.format, this.#options.width()));
    return refusedCount(answer) === 0 && !isMissing(answer) ? 'done' : 'no';
  }
}
