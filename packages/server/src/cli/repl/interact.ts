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
    const problem = history?.add(line);
    if (problem !== undefined) say(colours.yellow(problem));
    const text = begun === '' ? line : `${begun}${line}`;
    begun = goesOn(text) ? `${text}\n` : '';
    if (begun === '') {
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

/** A line that ends in a sign has not said all. */
function goesOn(text: string): boolean {
  const last = tokens(text).at(-2);
  return last !== undefined && (last.kind === ',' || last.kind === '=' || last.kind === '|');
}
