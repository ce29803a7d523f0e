/** The KServe protocol, version 2, over gRPC: the same requests as over HTTP, by the same checks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { TallystickError } from 'tallystick/internal';
import type { ModelHub } from '../tensors/hub.ts';
import { datatypeOf, fromList, fromRaw, refused, shapeOf, type TensorValue, toRaw } from '../tensors/tensor.ts';
import { anybody, type Caller, checkReach, type Identify, type Quotas } from './callers.ts';
import { wordsOf } from './exchange.ts';
import { checkAdmin, configOf, indexOf, infer, metadataOf, serverMetadata, statisticsOf, timeoutOf } from './infer.ts';
import type { ServingMetrics } from './metrics.ts';

export interface KserveGrpcOptions {
  readonly hub: ModelHub;
  /** The version that this program tells of itself. */
  readonly version: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly identify?: Identify | undefined;
  readonly quotas: Quotas;
  readonly metrics: ServingMetrics;
  readonly log?: ((error: unknown) => void) | undefined;
}

type Message = { readonly [field: string]: unknown };
/** Answers one call; `signal` aborts when the caller has gone. */
type Verb = (message: Message, caller: Caller, signal: AbortSignal) => Promise<object> | object;

const MESSAGE_MAX = 64 * 1024 * 1024;
const codes: { readonly [code: string]: status } = {
  invalid_argument: status.INVALID_ARGUMENT,
  model_invalid: status.FAILED_PRECONDITION,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  model_busy: status.RESOURCE_EXHAUSTED,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  stage_lost: status.UNAVAILABLE,
  closed: status.UNAVAILABLE,
  package_missing: status.UNAVAILABLE,
};

export class KserveGrpc {
  readonly #server: Server;
  readonly #options: KserveGrpcOptions;
  port = 0;

  private constructor(options: KserveGrpcOptions) {
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': MESSAGE_MAX,
      'grpc.max_send_message_length': MESSAGE_MAX,
    });
    const loaded = loadSync(protoPath(), { keepCase: true, longs: String, defaults: true, arrays: true });
    const service = loaded['inference.GRPCInferenceService'] as unknown as ServiceDefinition;
    const verbs = Object.entries(this.#verbs()).map(([name, verb]) => [name, this.#unary(verb)] as const);
    this.#server.addService(service, { ...Object.fromEntries(verbs), ModelStreamInfer: this.#stream() });
  }

  /** Rejects with `not_listening`, or `configuration_invalid` if others could ask and nobody would ask who they are. */
  static async listen(options: KserveGrpcOptions): Promise<KserveGrpc> {
    const { host, port, tls, identify } = options;
    checkReach(host, identify);
    const grpc = new KserveGrpc(options);
    const pair = tls && { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
    const credentials =
      pair === undefined ? ServerCredentials.createInsecure() : ServerCredentials.createSsl(null, [pair]);
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    grpc.port = await new Promise<number>((resolve, reject) => {
      grpc.#server.bindAsync(address, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(new TallystickError('not_listening', `${address}: ${error.message}`, { cause: error }));
      });
    });
    return grpc;
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #verbs(): { readonly [name: string]: Verb } {
    const { hub, version } = this.#options;
    const named = ({ name, version: number }: Message): [string, string] => [String(name), String(number)];
    return {
      ServerLive: () => ({ live: true }),
      ServerReady: () => ({ ready: true }),
      ModelReady: async (message) => ({
        ready: await hub.find(...named(message)).then(
          () => true,
          () => false,
        ),
      }),
      ServerMetadata: () => serverMetadata(version),
      ModelMetadata: (message) => metadataOf(hub, ...named(message)),
      ModelInfer: (message, _, signal) => this.#infer(message, signal),
      ModelConfig: async (message) => ({ config: await configOf(hub, ...named(message)) }),
      ModelStatistics: (message) => ({ model_stats: statisticsOf(hub, ...named(message)) }),
      RepositoryIndex: ({ ready }) => ({ models: indexOf(hub, ready === true) }),
      RepositoryModelLoad: async ({ model_name }, { isAdmin }) => {
        checkAdmin(isAdmin === true);
        await hub.load(String(model_name));
        return {};
      },
      RepositoryModelUnload: ({ model_name }, { isAdmin }) => {
        checkAdmin(isAdmin === true);
        hub.unload(String(model_name));
        return {};
      },
    };
  }

  #unary(verb: Verb) {
    return (call: ServerUnaryCall<Message, object>, done: sendUnaryData<object>): void => {
      const gone = new AbortController();
      call.on('cancelled', () => gone.abort());
      this.#answer(call.metadata, (caller) => verb(call.request, caller, gone.signal)).then(
        (answer) => done(null, answer),
        (error: unknown) => done({ code: codeOf(error), details: wordsOf(error), metadata: retryOf(error) }),
      );
    };
  }

  /** Requests of a stream are answered one after the other, in their order. */
  #stream() {
    return (call: ServerDuplexStream<Message, object>): void => {
      let order = Promise.resolve();
      const gone = new AbortController();
      call.on('cancelled', () => gone.abort());
      call.on('data', (message: Message) => {
        order = order.then(async () => {
          try {
            const answer = await this.#answer(call.metadata, () => this.#infer(message, gone.signal));
            call.write({ error_message: '', infer_response: answer });
          } catch (error) {
            call.write({ error_message: wordsOf(error) });
          }
        });
      });
      call.on('end', () => void order.then(() => call.end()));
    };
  }

  async #answer(metadata: Metadata, act: (caller: Caller) => Promise<object> | object): Promise<object> {
    const { identify, quotas, metrics, log } = this.#options;
    let caller = anybody;
    let release = (): void => {};
    let code = status.OK;
    try {
      if (identify !== undefined) caller = await identify(metadata.get('authorization')[0]?.toString());
      release = quotas.take(caller);
      return await act(caller);
    } catch (error) {
      code = codeOf(error);
      if (code === status.INTERNAL) log?.(error);
      throw error;
    } finally {
      release();
      metrics.request('kserve-grpc', caller.tenant, code);
    }
  }

  async #infer(message: Message, signal: AbortSignal): Promise<object> {
    const { model_name, model_version, id, parameters } = message;
    const timeout = (parameters as { timeout?: Message } | undefined)?.timeout;
    const outputs = message.outputs as readonly { readonly name: string }[];
    const inferred = await infer(this.#options.hub, {
      model: String(model_name),
      version: String(model_version),
      inputs: inputsOf(message),
      outputs: outputs.map(({ name }) => name),
      timeoutMs: timeoutOf(timeout?.int64_param ?? timeout?.uint64_param),
      signal,
    });
    return {
      model_name,
      model_version: inferred.version,
      id,
      outputs: inferred.outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
      raw_output_contents: inferred.outputs.map(toRaw),
    };
  }
}

interface InputMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly string[];
  readonly contents: { readonly [list: string]: readonly unknown[] } | null;
}

function inputsOf(message: Message): TensorValue[] {
  const inputs = message.inputs as readonly InputMessage[];
  const raws = message.raw_input_contents as readonly Uint8Array[];
  if (raws.length > 0 && raws.length !== inputs.length) throw refused('raw contents are there for all inputs, or none');
  return inputs.map(({ name, datatype, shape, contents }, at) => {
    const sizes = shapeOf(shape.map(Number));
    const raw = raws[at];
    if (raw !== undefined) return fromRaw(name, datatypeOf(datatype), sizes, raw);
    const list = Object.values(contents ?? {}).find((values) => values.length > 0) ?? [];
    return fromList(name, datatypeOf(datatype), sizes, list);
  });
}

function codeOf(error: unknown): status {
  return (error instanceof TallystickError ? codes[error.code] : undefined) ?? status.INTERNAL;
}

/** When to come again, as clients of gRPC read it. */
function retryOf(error: unknown): Metadata {
  const metadata = new Metadata();
  const after = error instanceof TallystickError ? error.retryAfterMs : undefined;
  if (after !== undefined) metadata.set('grpc-retry-pushback-ms', String(Math.ceil(after)));
  return metadata;
}

/** The file lies in the package, which is compiled to a folder of its own or below the repository's. */
function protoPath(): string {
  const here = import.meta.dirname;
  const places = [join(here, '..', '..', 'proto'), join(here, '..', '..', '..', '..', '..', 'packages', 'ai', 'proto')];
  const found = places.map((place) => join(place, 'inference.proto')).find((place) => existsSync(place));
  if (found === undefined) throw new TallystickError('not_found', 'inference.proto does not lie beside the package');
  return found;
}
