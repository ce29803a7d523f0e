/**
 * The KServe protocol, version 2, over HTTP: tensors as lists of JSON, or as raw bytes behind the JSON, whose size is
 * then in the header `Inference-Header-Content-Length`.
 */
import { TallystickError } from 'tallystick/internal';
import type { ModelHub } from '../tensors/hub.ts';
import { datatypeOf, fromList, fromRaw, refused, shapeOf, type TensorValue, toList, toRaw } from '../tensors/tensor.ts';
import type { Api } from './ai-server.ts';
import { type Exchange, nameIn, parseObject } from './exchange.ts';
import {
  checkAdmin,
  configOf,
  type Inferred,
  indexOf,
  infer,
  metadataOf,
  serverMetadata,
  statisticsOf,
  timeoutOf,
} from './infer.ts';

type Json = { readonly [key: string]: unknown };

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|config|stats|infer))?$/;
const REPOSITORY = /^\/v2\/repository\/models\/([^/]+)\/(load|unload)$/;
/** Parts of Triton's protocol that share memory with the server or change how it runs. */
const NOT_DONE = /^\/v2\/(systemsharedmemory|cudasharedmemory|trace|logging|models\/[^/]+\/trace)/;
const HEADER = 'inference-header-content-length';

export class KserveApi implements Api {
  readonly #hub: ModelHub;
  readonly #version: string;

  /** `version`: of this program. */
  constructor(hub: ModelHub, version: string) {
    this.#hub = hub;
    this.#version = version;
  }

  async handle(exchange: Exchange, method: string, path: string): Promise<void> {
    const [, name, version = '', verb] = MODEL.exec(path) ?? [];
    const [, managed, change] = REPOSITORY.exec(path) ?? [];
    if (NOT_DONE.test(path)) exchange.send(501, { error: `${path} is not supported` });
    else if (name !== undefined) await this.#model(exchange, method, nameIn(name), version, verb ?? '');
    else if (method === 'POST' && managed !== undefined) {
      await this.#change(exchange, nameIn(managed), change!);
    } else if (method === 'POST' && path === '/v2/repository/index') {
      const body = await exchange.body();
      exchange.send(200, indexOf(this.#hub, body.length > 0 && parseObject(body).ready === true));
    } else if (method !== 'GET') throw notFound(method, path);
    else if (path === '/v2') exchange.send(200, serverMetadata(this.#version));
    else if (path === '/v2/health/live') exchange.send(200, { live: true });
    else if (path === '/v2/health/ready') exchange.send(200, { ready: true });
    else throw notFound(method, path);
  }

  async #model(exchange: Exchange, method: string, name: string, version: string, verb: string): Promise<void> {
    const hub = this.#hub;
    if (verb === 'infer' && method === 'POST') await this.#infer(exchange, name, version);
    else if (method !== 'GET') throw notFound(method, `/v2/models/${name}/${verb}`);
    // Its name is a verb's: statistics of all models.
    else if (name === 'stats' && verb === '') exchange.send(200, { model_stats: statisticsOf(hub) });
    else if (verb === '') exchange.send(200, await metadataOf(hub, name, version));
    else if (verb === 'config') exchange.send(200, await configOf(hub, name, version));
    else if (verb === 'stats') exchange.send(200, { model_stats: statisticsOf(hub, name, version) });
    else {
      await hub.find(name, version);
      exchange.send(200, { name, ready: true });
    }
  }

  async #change(exchange: Exchange, name: string, change: string): Promise<void> {
    checkAdmin(exchange.caller.isAdmin === true);
    if (change === 'load') await this.#hub.load(name);
    else this.#hub.unload(name);
    exchange.send(200, {});
  }

  async #infer(exchange: Exchange, model: string, version: string): Promise<void> {
    const body = await exchange.body();
    const head = exchange.header(HEADER);
    const size = head === undefined ? body.length : Number(head);
    if (!(Number.isInteger(size) && size >= 0 && size <= body.length)) throw refused(`${HEADER} is beyond the body`);
    const json = parseObject(body.subarray(0, size));
    const parameters = (json.parameters ?? {}) as Json;
    const wanted = wantedOf(json.outputs, parameters.binary_data_output === true);
    const inferred = await infer(this.#hub, {
      model,
      version,
      inputs: inputsOf(json.inputs, body.subarray(size)),
      outputs: [...wanted.keys()].filter((name) => name !== ''),
      timeoutMs: timeoutOf(parameters.timeout),
      signal: exchange.gone,
    });
    const isBinary = (name: string): boolean => wanted.get(name) ?? wanted.get('') ?? false;
    send(exchange, { model_name: model, model_version: inferred.version, ...idOf(json.id) }, inferred, isBinary);
  }
}

function notFound(method: string, path: string): TallystickError {
  return new TallystickError('not_found', `there is no ${method} ${path}`);
}

const idOf = (id: unknown): object => (typeof id === 'string' ? { id } : {});

function inputsOf(list: unknown, raw: Uint8Array): TensorValue[] {
  if (!Array.isArray(list)) throw refused('inputs is a list');
  let at = 0;
  const inputs = (list as Json[]).map((input) => {
    const { name, shape, datatype, data } = input ?? {};
    if (typeof name !== 'string') throw refused('each input has a name');
    const size = (input.parameters as Json | undefined)?.binary_data_size;
    if (size === undefined) return fromList(name, datatypeOf(datatype), shapeOf(shape), data);
    if (!(Number.isInteger(size) && (size as number) >= 0 && at + (size as number) <= raw.length)) {
      throw refused(`input ${name} has fewer bytes than it says`);
    }
    at += size as number;
    return fromRaw(name, datatypeOf(datatype), shapeOf(shape), raw.subarray(at - (size as number), at));
  });
  if (at !== raw.length) throw refused(`${raw.length - at} bytes behind the inputs belong to none`);
  return inputs;
}

/** By output, whether its bytes come raw; '' for all that are not named. */
function wantedOf(list: unknown, isBinary: boolean): Map<string, boolean> {
  if (list === undefined || list === null) return new Map([['', isBinary]]);
  if (!Array.isArray(list)) throw refused('outputs is a list');
  return new Map(
    (list as Json[]).map(({ name, parameters }) => {
      const { binary_data = isBinary, classification } = (parameters ?? {}) as Json;
      if (classification !== undefined) throw refused('classification is not supported');
      if (typeof name !== 'string') throw refused('each output has a name');
      return [name, binary_data === true];
    }),
  );
}

function send(exchange: Exchange, head: object, { outputs }: Inferred, isBinary: (name: string) => boolean): void {
  const raws: Uint8Array[] = [];
  const described = outputs.map((output) => {
    const { name, datatype, shape } = output;
    if (!isBinary(name)) return { name, datatype, shape, data: toList(output) };
    const raw = toRaw(output);
    raws.push(raw);
    return { name, datatype, shape, parameters: { binary_data_size: raw.length } };
  });
  const json = new TextEncoder().encode(JSON.stringify({ ...head, outputs: described }));
  if (raws.length === 0) {
    exchange.sendBytes(200, json, { 'content-type': 'application/json' });
    return;
  }
  exchange.sendBytes(200, Buffer.concat([json, ...raws]), {
    'content-type': 'application/octet-stream',
    [HEADER]: String(json.length),
  });
}
