/** Structured logs: one line an event, of JSON or, for eyes, of text. Secrets are never in them. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { prettyLine } from './pretty.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
export type LogFormat = 'auto' | 'json' | 'pretty';
export const LOG_FORMATS: readonly LogFormat[] = ['auto', 'json', 'pretty'];

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: pretty if stderr is a terminal. */
  readonly format: LogFormat;
  /** In every line, such as the node's id. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Left out: stderr. */
  readonly to?: DestinationStream;
}

/** Names of fields whose values nobody may read, wherever they are up to three levels deep. */
export const SECRET_FIELDS: readonly string[] = [
  'authorization',
  'cookie',
  'password',
  'privateKey',
  'secret',
  'token',
  'tokens',
];
const REDACTED = SECRET_FIELDS.flatMap((field) => ['', '*.', '*.*.'].map((above) => `${above}${field}`));

export type { Logger };

export function createLogger(options: LogOptions): Logger {
  const to = options.to ?? destination({ fd: 2, sync: true });
  const isTerminal = options.to === undefined && process.stderr.isTTY === true;
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal);
  return pino(
    {
      level: options.level,
      base: { ...options.fields },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[secret]' },
    },
    isPretty ? prettified(to, isTerminal && !process.env.NO_COLOR) : to,
  );
}

function prettified(to: DestinationStream, colour: boolean): DestinationStream {
  return { write: (line) => void to.write(prettyLine(line, colour)) };
}
