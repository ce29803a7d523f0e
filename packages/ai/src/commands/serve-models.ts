/** `tallystick ai serve`: models of both kinds, put together from options, opened, and closed. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal';
import { Engine } from '../language/engine.ts';
import { openModel } from '../language/model.ts';
import type { PipelineOptions } from '../language/pipeline.ts';
import { modelPath } from '../language/shipped.ts';
import { TextCodec } from '../language/tokenizer.ts';
import { AiServer } from '../serving/ai-server.ts';
import type { Identify, Quota, QuotaTable } from '../serving/callers.ts';
import { ServingMetrics } from '../serving/metrics.ts';
import type { ServedLanguage } from '../serving/openai.ts';

export interface ServeModelsOptions extends PipelineOptions {
  /** Paths or names of language models. */
  readonly languages: readonly string[];
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
  /** Names of the language models, as callers give them. */
  readonly languages: readonly string[];
  close(): Promise<void>;
}

/** Rejects with `not_found`, `model_invalid`, `package_missing`, `configuration_invalid` or `not_listening`. */
export async function serveModels(options: ServeModelsOptions): Promise<ServedModels> {
  const { host, port } = readAddress(options.listen);
  const quotas = options.quotas === undefined ? {} : readQuotas(options.quotas);
  const metrics = new ServingMetrics();
  const languages = new Map<string, ServedLanguage>();
  const closeAll = async (): Promise<void> => {
    await Promise.all([...languages.values()].map(({ engine }) => engine.close()));
  };
  try {
    for (const name of options.languages) {
      const model = openModel(modelPath(name));
      if (languages.has(model.name)) throw invalid(`two models are called ${model.name}`);
      const codec = new TextCodec(model.tokenizerFiles());
      let engine: Engine | undefined;
      engine = await Engine.open(model, { ...options, watch: metrics.watch(model.name, () => engine) });
      languages.set(model.name, { engine, codec });
    }
    const { identify, log } = options;
    const tls = options.tls && {
      cert: readFileSync(options.tls.cert, 'utf8'),
      key: readFileSync(options.tls.key, 'utf8'),
    };
    const server = await AiServer.listen({ host, port, tls, identify, quotas, languages, metrics, log });
    return {
      port: server.port,
      languages: [...languages.keys()],
      close: async () => {
        await server.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
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
