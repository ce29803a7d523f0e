/** `ai` and `dataset`: the package `@tallystick/ai`, and the identities of this server in front of its models. */
import { version } from 'tallystick/internal/platform';
import type { Configuration } from '../config/index.ts';
import { bearer } from '../identity/index.ts';
import { credentialsOf, openSecrets } from '../serve/index.ts';
import { loadFrom } from './config-print.ts';
import { loadOurs } from './packages.ts';

/** Words that `ai serve` takes. */
export interface ServeWords {
  readonly listen: string;
  readonly borders?: readonly number[];
  readonly context?: number;
  readonly slots?: number;
  readonly threads?: number;
  readonly activations?: 'float32' | 'int8';
  readonly models?: string;
  readonly grpc?: string;
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
    readonly grpcPort: number | undefined;
    readonly languages: readonly string[];
    reload(): Promise<void>;
    close(): Promise<void>;
  }>;
  readonly ModelRepository: new (
    folder: string,
  ) => {
    read(): ReadonlyMap<
      string,
      { readonly versions: { readonly [version: string]: { sha256: string; state: string } } }
    >;
    add(name: string, file: string, options: object): string;
    set(name: string, version: string, state: string): void;
  };
  chat(options: object): Promise<void>;
  fetchModel(name: string): Promise<string>;
  demoAi(say: (line: string) => void): Promise<number>;
  inspectDataset(path: string, options: object, say: (line: string) => void): Promise<number>;
}

/** Rejects with `package_missing`. */
const loadAi = (): Promise<AiPackage> => loadOurs('ai', 'models are a package: npm install @tallystick/ai');

/** Serves until the process is told to end. */
export async function serveAi(
  models: readonly string[],
  words: ServeWords,
  say: (line: string) => void,
): Promise<void> {
  const told = (about: unknown, message?: string): void => say(message ?? String(about));
  const given = loadFrom(undefined, words.config === undefined ? {} : { config: words.config });
  const secrets = await openSecrets(given, { info: () => {}, warn: told, error: told });
  const { configuration } = secrets.loaded;
  try {
    await serveAs(configuration, models, words, say);
  } finally {
    secrets.close();
  }
}

async function serveAs(
  configuration: Configuration,
  models: readonly string[],
  words: ServeWords,
  say: (line: string) => void,
): Promise<void> {
  const credentials = credentialsOf(configuration, {
    problem: (problem) => say(`${problem.code}: ${problem.message}`),
    changed: () => {},
  });
  const identify =
    credentials &&
    (async (authorization: string | undefined) => {
      const token = bearer(authorization);
      const { subject, tenant, role } = await credentials.authenticator.authenticate(token, { door: 'models' });
      return { subject, tenant: tenant ?? subject, isAdmin: role === 'admin' };
    });
  const [cert, key] = [configuration['tls.certificate'], configuration['tls.key']];
  const tls = identify !== undefined && cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const log = (error: unknown): void => say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const { serveModels } = await loadAi();
  const served = await serveModels({ ...words, languages: models, version: version(), identify, tls, log });
  const host = words.listen.replace(/:\d+$/, '');
  const at = `http${tls === undefined ? '' : 's'}://${host}:${served.port}`;
  if (served.languages.length > 0) say(`${served.languages.join(', ')} at ${at}/v1`);
  if (words.models !== undefined) say(`models of ${words.models} at ${at}/v2`);
  if (served.grpcPort !== undefined) say(`and over gRPC at ${words.grpc?.replace(/:\d+$/, '')}:${served.grpcPort}`);
  process.on('SIGHUP', () => void served.reload().catch(log));
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

export async function addModel(folder: string, name: string, file: string, say: (line: string) => void): Promise<void> {
  const { ModelRepository } = await loadAi();
  const number = new ModelRepository(folder).add(name, file, {});
  say(`version ${number} of ${name} is staged`);
}

export async function setModel(folder: string, name: string, number: string, state: string): Promise<void> {
  const { ModelRepository } = await loadAi();
  new ModelRepository(folder).set(name, number, state);
}

export async function listModels(folder: string, say: (line: string) => void): Promise<void> {
  const { ModelRepository } = await loadAi();
  for (const [name, { versions }] of new ModelRepository(folder).read()) {
    for (const [number, { sha256, state }] of Object.entries(versions)) say(`${name} ${number} ${state} ${sha256}`);
  }
}

/** Returns the exit code: 1 if something did not go as it should. */
export async function demoModels(say: (line: string) => void): Promise<number> {
  const { demoAi } = await loadAi();
  return (await demoAi(say)) === 0 ? 0 : 1;
}

/** Returns the exit code: 1 if there are bad records on the page. */
export async function inspectDataset(path: string, options: object, say: (line: string) => void): Promise<number> {
  const { inspectDataset: inspect } = await loadAi();
  return (await inspect(path, options, say)) === 0 ? 0 : 1;
}
