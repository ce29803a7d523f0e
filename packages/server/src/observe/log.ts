/** Structured logs: one line of JSON an event, or for eyes a pretty one. Secrets are never in them. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { TallystickError } from 'tallystick/internal/model';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
export type LogFormat = 'json' | 'pretty';
export const LOG_FORMATS: readonly LogFormat[] = ['json', 'pretty'];

export interface LogOptions {
  readonly level: LogLevel;
  /** `pretty` wants the package pino-pretty, which comes along in development only. */
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

/** Throws `configuration_invalid` when pino-pretty is wanted and absent. */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const to = options.to ?? destination({ fd: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: { ...options.fields },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[secret]' },
    },
    options.format === 'pretty' ? await prettified(to, options.to === undefined && process.stderr.isTTY) : to,
  );
}

async function prettified(to: DestinationStream, colorize: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty').catch((cause: unknown) => {
    throw new TallystickError(
      'configuration_invalid',
      'log.format `pretty` wants the package pino-pretty: install it, or choose `json`',
      { cause },
    );
  });
  const pretty = prettyFactory({ colorize });
  return { write: (line) => void to.write(pretty(line)) };
}
