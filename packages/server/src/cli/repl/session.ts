/** Runs statements on a ledger, one after the other, and prints what it answers. */
import type {
  AccountFilterInput,
  AccountInput,
  ChangeEventsFilterInput,
  Ledger,
  QueryFilterInput,
  TransferInput,
} from 'tallystick/internal/model';
import type { OperationByName } from 'tallystick/internal/wire';
import { type Answer, type Format, format, nothing, refusedCount } from './format.ts';
import { explanation, help } from './help.ts';
import { fieldsOf } from './operations.ts';
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

  constructor(options: SessionOptions) {
    this.#options = options;
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
    const answer: Answer = {
      rule,
      objects: asked,
      records: asked.length === 0 ? [] : await ask(this.#options.ledger, rule, asked),
    };
    if (answer.records.length === 0) {
      this.#options.say(nothing(answer));
      return 'no';
    }
    this.#options.print(format(answer, this.#options.format, this.#options.width()));
    return refusedCount(answer) === 0 ? 'done' : 'no';
  }
}

function ask(ledger: Ledger, rule: OperationByName, objects: readonly Values[]): Promise<object[]> {
  const inputs = objects.map((values) => inputOf(rule, values));
  const ids = (): bigint[] => objects.map((values) => values.get('id') ?? 0n);
  switch (rule.name) {
    case 'create_accounts':
      return ledger.createAccounts(inputs as unknown as AccountInput[]);
    case 'create_transfers':
      return ledger.createTransfers(inputs as unknown as TransferInput[]);
    case 'lookup_accounts':
      return ledger.lookupAccounts(ids());
    case 'lookup_transfers':
      return ledger.lookupTransfers(ids());
    case 'get_account_transfers':
      return ledger.getAccountTransfers(inputs[0] as unknown as AccountFilterInput);
    case 'get_account_balances':
      return ledger.getAccountBalances(inputs[0] as unknown as AccountFilterInput);
    case 'query_accounts':
      return ledger.queryAccounts(inputs[0] as unknown as QueryFilterInput);
    case 'query_transfers':
      return ledger.queryTransfers(inputs[0] as unknown as QueryFilterInput);
    default:
      return ledger.getChangeEvents(inputs[0] as unknown as ChangeEventsFilterInput);
  }
}

/** What was not given is left to the ledger's own defaults; what it has none for is zero. */
function inputOf(rule: OperationByName, values: Values): { [field: string]: bigint | number } {
  const input: { [field: string]: bigint | number } = {};
  for (const { name, type } of fieldsOf(rule).values()) {
    const wide = type === 'u128' || type === 'u64';
    const value = values.get(name);
    if (value !== undefined) input[name] = wide ? value : Number(value);
    else if (name === 'id' || name === 'account_id') input[name] = 0n;
    else if (isCreateRequired(name)) input[name] = 0;
  }
  return input;
}

/** Fields that the types of the client demand and TigerBeetle's REPL leaves at zero, to provoke the status. */
function isCreateRequired(name: string): boolean {
  return name === 'ledger' || name === 'code';
}
