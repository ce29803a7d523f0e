/**
 * Statements out of text: TigerBeetle's grammar, and several statements a line.
 *
 *   text      = [ statement ] { ";" [ statement ] }
 *   statement = operation [ object { "," object } ] | "help" [ word ] | "explain" word | "now" | "exit"
 *   object    = { key "=" value }
 *   value     = word { "|" word }
 *
 * A statement also ends where a new line begins with a word that is no key, so that scripts need no ";". `#` begins a
 * comment. All of a text is parsed before any of it runs: a script with a mistake in it moves no money.
 */
import { closest } from 'tallystick/internal/base';
import type { OperationByName, PlainField } from 'tallystick/internal/wire';
import { tokens as cut, type Token } from './lexer.ts';
import { fieldsOf, flagNames, operations } from './operations.ts';
import { BALANCE_AT, READ, SIDES } from './own-verbs.ts';
import { ParseError } from './parse-error.ts';
import { AMOUNT_MAX_WORD, parseValue } from './values.ts';

/** The fields that were given, by name. */
export type Values = ReadonlyMap<string, bigint>;

export type Statement =
  | { readonly kind: 'operation'; readonly rule: OperationByName; readonly objects: readonly Values[] }
  | { readonly kind: 'help'; readonly topic: string | undefined }
  | { readonly kind: 'explain'; readonly word: string }
  /** Reads show the present again. */
  | { readonly kind: 'now' }
  | { readonly kind: 'exit' };

/** Words that are no operation. */
export const COMMANDS: readonly string[] = ['help', 'explain', 'now', 'exit', 'quit'];

/** Throws `ParseError` at the first thing that makes no sense. `newId`: what `id()` stands for. */
export function parse(text: string, newId: () => bigint): Statement[] {
  const parser = new Parser(cut(text), newId);
  const statements: Statement[] = [];
  for (let statement = parser.next(); statement !== undefined; statement = parser.next()) statements.push(statement);
  return statements;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #newId: () => bigint;
  #at = 0;

  constructor(tokens: readonly Token[], newId: () => bigint) {
    this.#tokens = tokens;
    this.#newId = newId;
  }

  /** Undefined at the end. */
  next(): Statement | undefined {
    while (this.#peek().kind === ';') this.#at++;
    if (this.#peek().kind === 'end') return undefined;
    const statement = this.#statement();
    if (this.#peek().kind === ';') this.#at++;
    else if (!this.#peek().first && this.#peek().kind !== 'end') throw this.#error('unexpected statement');
    return statement;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #statement(): Statement {
    const { kind, text } = this.#peek();
    const rule = kind === 'word' ? operations.get(text) : undefined;
    if (rule !== undefined) {
      this.#at++;
      return { kind: 'operation', rule, objects: this.#objects(rule) };
    }
    if (kind !== 'word' || !COMMANDS.includes(text)) {
      const names = ['help', ...operations.keys()];
      const list = `${names.slice(0, -1).join(', ')}, or ${names.at(-1)}`;
      throw this.#error(`Operation must be ${list}.\nGot: "${text}".${suggestion(text, names)}`);
    }
    this.#at++;
    if (text === 'now') return { kind: 'now' };
    if (text === 'help') return { kind: 'help', topic: this.#wordOnLine() };
    if (text !== 'explain') return { kind: 'exit' };
    const word = this.#wordOnLine();
    if (word === undefined)
      throw this.#error(
        'Expected the name of a status, a flag, a field or an operation. e.g. `explain exceeds_credits`',
      );
    return { kind: 'explain', word };
  }

  #wordOnLine(): string | undefined {
    const { kind, text, first } = this.#peek();
    if (kind !== 'word' || first) return undefined;
    this.#at++;
    return text;
  }

  #objects(rule: OperationByName): Values[] {
    const objects: Values[] = [];
    if (this.#ended()) return objects;
    for (;;) {
      const start = this.#peek().offset;
      objects.push(this.#object(rule));
      if (objects.length > rule.eventsMax) {
        const message = rule.single
          ? `${rule.name} expects a single object, but received multiple.`
          : `${rule.name} takes at most ${rule.eventsMax} objects.`;
        throw new ParseError(message, start);
      }
      if (this.#peek().kind !== ',') return objects;
      this.#at++;
    }
  }

  /** At the end of a statement: also where the next line begins another one. */
  #ended(): boolean {
    const { kind, first } = this.#peek();
    if (kind === 'end' || kind === ';') return true;
    return kind === 'word' && first && this.#tokens[this.#at + 1]!.kind !== '=';
  }

  #object(rule: OperationByName): Values {
    const fields = fieldsOf(rule);
    const values = new Map<string, bigint>();
    const start = this.#peek().offset;
    do {
      const key = this.#peek();
      if (key.kind !== 'word') throw this.#error('Expected key starting key-value pair. e.g. `id=1`');
      const field = fields.get(key.text);
      if (key.text === 'reserved') throw this.#error("Unexpected key 'reserved'.");
      this.#at++;
      if (this.#peek().kind !== '=') {
        throw this.#error(`Expected equal sign after key "${key.text}" in key-value pair. e.g. \`id=1\`.`);
      }
      if (field === undefined) {
        throw new ParseError(`Unknown key: "${key.text}".${suggestion(key.text, fields.keys())}`, key.offset);
      }
      if (values.has(field.name)) {
        throw new ParseError(`Duplicate field ${field.name} for single object. Separate objects with ",".`, key.offset);
      }
      this.#at++;
      values.set(field.name, field.flags === undefined ? this.#number(field) : this.#flags(field));
    } while (!this.#ended() && this.#peek().kind !== ',');
    const incomplete = incompleteness(rule, values);
    if (incomplete !== undefined) throw new ParseError(incomplete, start);
    const unless = rule.event?.unless;
    if (unless === undefined || values.has(unless.field.name)) return values;
    if (((values.get('flags') ?? 0n) & BigInt(unless.flag)) !== 0n) return values;
    const { name } = unless.field;
    const message = `Missing ${name}: only a void may leave it out. To post all of it, say ${AMOUNT_MAX_WORD}.`;
    throw new ParseError(message, start);
  }

  #word(): Token {
    const token = this.#peek();
    if (token.kind !== 'word') {
      throw this.#error('Expected value after equal sign in key-value pair. e.g. `id=1`.');
    }
    this.#at++;
    return token;
  }

  #number({ name, type, iso }: PlainField): bigint {
    const { text, offset } = this.#word();
    const value = parseValue(text, type, iso !== undefined, this.#newId);
    if (typeof value === 'bigint') {
      if (this.#peek().kind === '|') throw this.#error(`Only flags are joined by "|"; "${name}" is a number.`);
      return value;
    }
    const why = value === undefined ? '' : ` ${value.why}`;
    throw new ParseError(`Invalid value "${text}"; expected ${type} for key "${name}".${why}`, offset);
  }

  #flags(field: PlainField): bigint {
    let value = 0n;
    for (;;) {
      const { text, offset } = this.#word();
      const joined = value !== 0n || this.#peek().kind === '|';
      const bit = field.names!.get(text);
      if (bit === undefined || (bit === 0 && joined)) {
        throw new ParseError(`Invalid flag: "${text}".${suggestion(text, flagNames(field))}`, offset);
      }
      if ((value & BigInt(bit)) !== 0n) throw new ParseError(`Duplicate flag set: "${text}".`, offset);
      value |= BigInt(bit);
      if (this.#peek().kind !== '|') return value;
      this.#at++;
    }
  }

  #error(message: string): ParseError {
    return new ParseError(message, this.#peek().offset);
  }
}

/** Says why an object lacks a field or has one too many: it would otherwise mean something by accident. */
function incompleteness({ name }: OperationByName, values: Values): string | undefined {
  if (name === BALANCE_AT.name) {
    if (values.get('side') === BOTH_SIDES) return 'An account grows on one side: debit or credit.';
    return values.has('id') ? undefined : 'Missing id: the account.';
  }
  const missing = name === READ.name ? NAMES_SNAPSHOT.find((key) => !values.has(key)) : undefined;
  return missing && `Missing ${missing}: give all that get_snapshot has printed, or nothing for the present state.`;
}

const BOTH_SIDES = BigInt(SIDES.debit | SIDES.credit);
/** What a snapshot is read by. */
const NAMES_SNAPSHOT = ['as_of', 'transfers_timestamp', 'accounts_timestamp'] as const;

/** Longer than any name. */
const WORD_MAX = 64;

/** The name that was probably meant; empty when none is near. */
function suggestion(text: string, names: Iterable<string>): string {
  if (text.length > WORD_MAX) return '';
  const near = closest(text, names, Math.max(1, text.length / 3));
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}
