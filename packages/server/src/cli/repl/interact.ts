/** The prompt: lines from a person, with history and the Tab key. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { colours } from '../colours.ts';
import { complete } from './complete.ts';
import { HISTORY_MAX, type HistoryFile } from './history.ts';
import { tokens } from './lexer.ts';
import type { Outcome } from './session.ts';

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly history: HistoryFile | undefined;
  /** Runs a text; what it throws is printed by `explain` and the prompt goes on. */
  readonly run: (text: string) => Promise<Outcome>;
  readonly explain: (error: unknown) => string;
  /** The snapshot that reads show, which the prompt names. */
  readonly asOf?: () => bigint | undefined;
}

const PROMPT = '> ';
/** Before a line that goes on with what the last one began. */
const PROMPT_MORE = '… ';

/** Until Ctrl-D or `exit`. */
export async function interact(terminal: Terminal): Promise<void> {
  const { input, output, history } = terminal;
  let begun = '';
  const lines = createInterface({
    input,
    output,
    terminal: true,
    prompt: PROMPT,
    history: history?.load() ?? [],
    historySize: HISTORY_MAX,
    completer: (line: string) => complete(`${begun}${line}`),
  });
  let recent: string[] = [];
  lines.on('history', (entries: string[]) => {
    recent = entries;
  });
  const say = (text: string): void => void output.write(`${text}\n`);
  const ask = (): void => {
    const asOf = terminal.asOf?.();
    const prompt = asOf === undefined ? PROMPT : `as of ${asOf}${PROMPT}`;
    lines.setPrompt(begun === '' ? prompt : PROMPT_MORE);
    lines.prompt();
  };
  lines.on('SIGINT', () => {
    say('^C');
    begun = '';
    // Whatever was typed so far is forgotten.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    ask();
  });
  ask();
  for await (const line of lines) {
    const text = begun === '' ? line : `${begun}${line}`;
    begun = goesOn(text) ? `${text}\n` : '';
    if (begun === '') {
      // A comment ends with its line.
      const statements = text.includes('#') ? text.split('\n') : [text.replaceAll('\n', ' ')];
      if (statements.length === 1) joinRecent(recent, text, statements[0]!);
      for (const statement of statements) {
        const problem = history?.add(statement);
        if (problem !== undefined) say(colours.yellow(problem));
      }
      try {
        if ((await terminal.run(text)) === 'exit') break;
      } catch (error) {
        say(terminal.explain(error));
      }
    }
    ask();
  }
  say('Exiting.');
  lines.close();
}

/** A statement over several lines comes back in one: its lines are the newest of the history, the last one first. */
function joinRecent(recent: string[], text: string, statement: string): void {
  const typed = text.split('\n').reverse();
  if (typed.length === 1 || typed.some((line, index) => recent[index] !== line)) return;
  recent.splice(0, typed.length, statement);
}

/** A line that ends in a sign has not said all. */
function goesOn(text: string): boolean {
  const last = tokens(text).at(-2);
  return last !== undefined && (last.kind === ',' || last.kind === '=' || last.kind === '|');
}
