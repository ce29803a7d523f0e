/**
 * Logs for eyes: of each line of JSON a line of text, its fields behind it.
 *
 *     16:28:14.123 INFO  listening  door=native host=127.0.0.1 port=3000
 */

interface Event {
  readonly level?: string;
  readonly time?: string;
  readonly msg?: string;
  readonly err?: ErrorFields;
  readonly [field: string]: unknown;
}

interface ErrorFields {
  readonly message?: string;
  readonly code?: string;
  readonly next?: string;
  readonly stack?: string;
}

const COLOURS: Readonly<Record<string, string>> = {
  trace: '\x1b[2m',
  debug: '\x1b[2m',
  info: '\x1b[32m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
  fatal: '\x1b[31;1m',
};
const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';

/** Colours only where `colour` is true. A line that is not JSON stays as it is. */
export function prettyLine(line: string, colour: boolean): string {
  let event: Event;
  try {
    event = JSON.parse(line) as Event;
  } catch {
    return line;
  }
  const { level = 'info', time = '', msg = '', err, node, ...fields } = event;
  const paint = (code: string, text: string): string => (colour && text !== '' ? `${code}${text}${PLAIN}` : text);
  const shown = Object.entries(node === 0 ? fields : { node, ...fields })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${shortened(value)}`)
    .join(' ');
  const head = [
    paint(DIM, time.slice(11, 23)),
    paint(COLOURS[level] ?? '', level.toUpperCase().padEnd(5)),
    `${printable(msg)}${shown === '' ? '' : '  '}${paint(DIM, shown)}`,
  ].join(' ');
  return [head, ...(err === undefined ? [] : errorLines(err))].map((text) => `${text}\n`).join('');
}

/** The stack is for a mistake of our own: nobody can do anything about it but us. */
function errorLines({ message = '', code, next, stack }: ErrorFields): string[] {
  const said = `${code === undefined ? '' : `${code}: `}${message}`;
  const more = next === undefined ? (stack?.split('\n').slice(1) ?? []) : [next];
  return [said, ...more].map((text) => `             ${printable(text).trim()}`);
}

/** Text that is one word needs no quotation marks. */
function shortened(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : printable(JSON.stringify(value));
}

/** A stranger's text moves no cursor. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]/g, '?');
}
