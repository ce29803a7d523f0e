/** `ai` and `dataset`: the package `@tallystick/ai`, and the identities of this server in front of its models. */
import { existsSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { credentialsOf } from '../serve/index.ts';
import { loadFrom } from './config-print.ts';

/** Words that `ai serve` takes. */
export interface ServeWords {
  readonly listen: string;
  readonly borders?: readonly number[];
  readonly context?: number;
  readonly slots?: number;
  readonly threads?: number;
  readonly activations?: 'float32' | 'int8';
  readonly quotas?: string;
  readonly config?: string;
}

export interface ChatWords extends Omit<ServeWords, 'listen'> {
  readonly prompt?: string;
  readonly system?: string;
  readonly tokensMax?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The package, as far as it is used here: the command line compiles without it. */
interface AiPackage {
  serveModels(options: object): Promise<{
    readonly port: number;
    readonly languages: readonly string[];
    close(): Promise<void>;
  }>;
  chat(options: object): Promise<void>;
  fetchModel(name: string): Promise<string>;
}

/** Rejects with `package_missing`. */
async function loadAi(): Promise<AiPackage> {
  // In a checkout it is compiled beside us; elsewhere it is installed.
  const beside = new URL('../../../ai/src/index.js', import.meta.url);
  try {
    return (await import(existsSync(beside) ? beside.href : '@tallystick/ai')) as AiPackage;
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'models are a package: npm install @tallystick/ai', { cause });
  }
}

/** Serves until the process is told to end. */
export async function serveAi(
  models: readonly string[],
  words: ServeWords,
  say: (line: string) => void,
): Promise<void> {
  const { configuration } = loadFrom(undefined, words.config === undefined ? {} : { config: words.config });
  const credentials = credentialsOf(configuration, {
    problem: (problem) => say(`${problem.code}: ${problem.message}`),
    changed: () => {},
  });
  const identify =
    credentials &&
    (async (authorization: string | undefined) => {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
      const { subject, tenant } = await credentials.authenticator.authenticate(token, { door: 'models' });
      return { subject, tenant: tenant ?? subject };
    });
  const [cert, key] = [configuration['tls.certificate'], configuration['tls.key']];
  const tls = identify !== undefined && cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const log = (error: unknown): void => say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const { serveModels } = await loadAi();
  const served = await serveModels({ ...words, languages: models, identify, tls, log });
  const host = words.listen.replace(/:\d+$/, '');
  say(`${served.languages.join(', ')} at http${tls === undefined ? '' : 's'}://${host}:${served.port}/v1`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await served.close();
  credentials?.close();
}

export async function chatAi(model: string, words: ChatWords): Promise<void> {
  const { chat } = await loadAi();
  await chat({ ...words, model, input: process.stdin, output: process.stdout });
}

export async function fetchAi(name: string, say: (line: string) => void): Promise<void> {
  const { fetchModel } = await loadAi();
  say(await fetchModel(name));
}
