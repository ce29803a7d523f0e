/** What may come next at the cursor, for the Tab key. */
import type { OperationByName } from 'tallystick/internal/wire';
import { explainable } from './help.ts';
import { type Token, tokens } from './lexer.ts';
import { fieldsOf, flagNames, operations } from './operations.ts';
import { COMMANDS } from './parser.ts';
import { AMOUNT_MAX_WORD, NEW_ID } from './values.ts';

/** What the word before the end of `text` may become, and that word: as readline wants it. */
export function complete(text: string): [string[], string] {
  const all = tokens(text).slice(0, -1);
  const last = all.at(-1);
  const typing = last?.kind === 'word' && last.offset + last.text.length === text.length ? last : undefined;
  const word = typing?.text ?? '';
  const before = typing === undefined ? all : all.slice(0, -1);
  const start = before.findLastIndex(({ kind }) => kind === ';') + 1;
  const found = candidates(before.slice(start));
  return [found.filter((candidate) => candidate.startsWith(word)), word];
}

function candidates(before: readonly Token[]): readonly string[] {
  const [operation] = before;
  if (operation === undefined) return [...operations.keys(), ...COMMANDS].map((name) => `${name} `);
  if (operation.text === 'help') return before.length === 1 ? [...operations.keys()] : [];
  if (operation.text === 'explain') return before.length === 1 ? explainable : [];
  const rule = operations.get(operation.text);
  return rule === undefined ? [] : within(rule, before.slice(1));
}

function within(rule: OperationByName, before: readonly Token[]): readonly string[] {
  const last = before.at(-1)?.kind;
  if (last === '=' || last === '|') return values(rule, before);
  // A word that is no value is a key, and wants its equal sign first.
  if (last === 'word' && !isValue(before, before.length - 1)) return ['='];
  const object = before.slice(before.findLastIndex(({ kind }) => kind === ',') + 1);
  const used = new Set(object.filter((_, index) => object[index + 1]?.kind === '=').map(({ text }) => text));
  return [...fieldsOf(rule).keys()].filter((key) => !used.has(key)).map((key) => `${key}=`);
}

function isValue(before: readonly Token[], index: number): boolean {
  const kind = before[index - 1]?.kind;
  return kind === '=' || kind === '|';
}

function values(rule: OperationByName, before: readonly Token[]): readonly string[] {
  const sign = before.findLastIndex(({ kind }) => kind === '=');
  const field = fieldsOf(rule).get(before[sign - 1]?.text ?? '');
  if (field === undefined) return [];
  if (field.flags !== undefined) {
    const set = new Set(before.slice(sign + 1).map(({ text }) => text));
    return flagNames(field).filter((name) => !set.has(name));
  }
  if (before.at(-1)!.kind === '|') return [];
  if (field.name === 'amount') return [AMOUNT_MAX_WORD];
  return field.name === 'id' && rule.name.startsWith('create_') ? [NEW_ID] : [];
}
