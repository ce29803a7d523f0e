/** `tallystick ai serve`: models of both kinds, put together from options, opened, and closed. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal';
import { Engine } from '../language/engine.ts';
import { openModel } from '../language/model.ts';
import type { PipelineOptions } from '../language/pipeline.ts';
import { modelPath } from '../language/shipped.ts';
import { TextCodec } from '../language/tokenizer.ts';
import { AiServer } from '../serving/ai-server.ts';
import { type Identify, type Quota, Quotas, type QuotaTable } from '../serving/callers.ts';
import { KserveApi } from '../serving/kserve.ts';
import { KserveGrpc, type KserveGrpcOptions } from '../serving/kserve-grpc.ts';
import { ServingMetrics } from '../serving/metrics.ts';
import type { ServedLanguage } from '../serving/openai.ts';
import { ModelHub } from '../tensors/hub.ts';
import { ModelRepository } from '../tensors/repository.ts';

export interface ServeModelsOptions extends PipelineOptions {
  /** Paths or names of language models. */
  readonly languages: readonly string[];
  /** The repository of tensor models: a folder. */
  readonly models?: string | undefined;
  /** Host and port of gRPC; undefined: none. */
  readonly grpc?: string | undefined;
  /** The version that this program tells of itself. */
  readonly version: string;
  /** Host and port; port 0 is any that is free. */
  readonly listen: string;
  /** Files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly identify?: Identify | undefined;
  /** A file: `{ "TENANT": { "atOnce": 4, "perMinute": 60 }, "*": { … } }`. */
  readonly quotas?: string | undefined;
  readonly log?: ((error: unknown) => void) | undefined;
}

export interface ServedModels {
  readonly port: number;
  readonly grpcPort: number | undefined;
  /** Reads the repository again. Rejects with `model_invalid`; then what was loaded stays. */
  reload(): Promise<void>;
  /** Names of the language models, as callers give them. */
  readonly languages: readonly string[];
  close(): Promise<void>;
}

/** Rejects with `not_found`, `model_invalid`, `package_missing`, `configuration_invalid` or `not_listening`. */
export async function serveModels(options: ServeModelsOptions): Promise<ServedModels> {
  const { host, port } = readAddress(options.listen);
  const { identify, log, version } = options;
  const metrics = new ServingMetrics();
  const quotas = new Quotas(options.quotas === undefined ? {} : readQuotas(options.quotas));
  const tls = options.tls && {
    cert: readFileSync(options.tls.cert, 'utf8'),
    key: readFileSync(options.tls.key, 'utf8'),
  };
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end();
  };
  try {
    const languages = await openLanguages(options, metrics, closing);
    const hub = await openHub(options, metrics, closing);
    const tensors = hub && new KserveApi(hub, version);
    const common = { tls, identify, quotas, metrics, log };
    const server = await AiServer.listen({ host, port, ...common, languages, tensors });
    closing.push(() => server.close());
    const grpc = await listenGrpc(options, hub, common);
    closing.push(() => grpc?.close());
    return {
      port: server.port,
      grpcPort: grpc?.port,
      languages: [...languages.keys()],
      reload: async () => hub?.reload(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closing = (() => Promise<void> | void)[];

async function openLanguages(
  options: ServeModelsOptions,
  metrics: ServingMetrics,
  closing: Closing,
): Promise<Map<string, ServedLanguage>> {
  const languages = new Map<string, ServedLanguage>();
  for (const name of options.languages) {
    const model = openModel(modelPath(name));
    if (languages.has(model.name)) throw invalid(`two models are called ${model.name}`);
    const codec = new TextCodec(model.tokenizerFiles());
    let engine: Engine | undefined;
    engine = await Engine.open(model, { ...options, watch: metrics.watch(model.name, () => engine) });
    const opened = engine;
    closing.push(() => opened.close());
    languages.set(model.name, { engine, codec });
  }
  return languages;
}

async function openHub(
  { models, threads }: ServeModelsOptions,
  metrics: ServingMetrics,
  closing: Closing,
): Promise<ModelHub | undefined> {
  if (models === undefined) return undefined;
  const hub = await ModelHub.open(new ModelRepository(models), {
    threads,
    watch: {
      batch: (labels, rows, queuedMs, computeMs) => metrics.batch(labels, rows, queuedMs, computeMs),
      shadow: (labels, difference) => metrics.shadow(labels, difference),
    },
  });
  closing.push(() => hub.close());
  return hub;
}

async function listenGrpc(
  { grpc, version }: ServeModelsOptions,
  hub: ModelHub | undefined,
  common: Omit<KserveGrpcOptions, 'hub' | 'version' | 'host' | 'port'>,
): Promise<KserveGrpc | undefined> {
  if (grpc === undefined) return undefined;
  if (hub === undefined) throw invalid('gRPC asks tensor models, so it wants a repository of them');
  return KserveGrpc.listen({ hub, version, ...readAddress(grpc), ...common });
}

/** Throws `configuration_invalid`. */
export function readAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw invalid(`${address} is no host and port, such as 127.0.0.1:8080`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function readQuotas(path: string): QuotaTable {
  let table: unknown;
  try {
    table = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalid(`${path} cannot be read as JSON: ${(cause as Error).message}`);
  }
  for (const [tenant, quota] of Object.entries((table ?? {}) as { [tenant: string]: Quota })) {
    const isGood = Object.entries(quota ?? { none: 0 }).every(
      ([key, value]) => (key === 'atOnce' || key === 'perMinute') && typeof value === 'number' && value > 0,
    );
    if (!isGood) throw invalid(`${path}: ${tenant} may have atOnce and perMinute, which are numbers above 0`);
  }
  return table as QuotaTable;
}

function invalid(what: string): TallystickError {
  return new TallystickError('configuration_invalid', what);
}
