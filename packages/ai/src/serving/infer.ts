/** A request of the KServe protocol, checked against its model, whichever transport it came by. */
import { TallystickError } from 'tallystick/internal';
import type { ModelHub } from '../tensors/hub.ts';
import { refused, type TensorValue } from '../tensors/tensor.ts';
import type { TensorProcess, TensorSpec } from '../tensors/tensor-process.ts';

export interface InferRequest {
  readonly model: string;
  /** '' for the active one. */
  readonly version: string;
  readonly inputs: readonly TensorValue[];
  /** Names; none for all. */
  readonly outputs: readonly string[];
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Inferred {
  readonly version: string;
  readonly outputs: readonly TensorValue[];
}

const US_A_MS = 1000;

/** Rejects with `not_found`, `invalid_argument`, and as {@link ModelHub.infer} does. */
export async function infer(hub: ModelHub, request: InferRequest): Promise<Inferred> {
  const { process } = await hub.find(request.model, request.version);
  const inputs = process.inputs.map((spec) => checked(spec, request.inputs));
  const stray = request.inputs.find(({ name }) => !process.inputs.some((spec) => spec.name === name));
  if (stray !== undefined) throw refused(`the model has no input ${stray.name}`);
  const outputs = outputsOf(process, request.outputs);
  const { timeoutMs, signal } = request;
  return hub.infer(request.model, request.version, { inputs, outputs, timeoutMs, signal });
}

function checked(spec: TensorSpec, inputs: readonly TensorValue[]): TensorValue {
  const named = inputs.filter(({ name }) => name === spec.name);
  const [input] = named;
  if (input === undefined || named.length > 1) throw refused(`the model wants the input ${spec.name} once`);
  if (input.datatype !== spec.datatype) {
    throw refused(`input ${spec.name} is ${input.datatype}, and the model wants ${spec.datatype}`);
  }
  const fits =
    input.shape.length === spec.shape.length &&
    spec.shape.every((size, axis) => size === -1 || size === input.shape[axis]);
  if (fits) return input;
  throw refused(`input ${spec.name} is ${input.shape.join(' x ')}, and the model wants ${spec.shape.join(' x ')}`);
}

function outputsOf(process: TensorProcess, wanted: readonly string[]): readonly string[] {
  const known = process.outputs.map(({ name }) => name);
  const stray = wanted.find((name) => !known.includes(name));
  if (stray !== undefined) throw refused(`the model has no output ${stray}`);
  return wanted.length === 0 ? known : wanted;
}

/** The parameter `timeout`, which is in microseconds. */
export function timeoutOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const microseconds = Number(value);
  if (microseconds > 0) return microseconds / US_A_MS;
  throw refused('timeout is a number of microseconds above 0');
}

/** What the protocol tells of a model. */
export async function metadataOf(hub: ModelHub, name: string, version: string): Promise<object> {
  const { process, labels } = await hub.find(name, version);
  const specs = (list: readonly TensorSpec[]): object[] =>
    list.map(({ name: tensor, datatype, shape }) => ({ name: tensor, datatype, shape }));
  return {
    name,
    versions: version === '' ? hub.versions(name) : [labels.version],
    platform: 'onnxruntime_onnx',
    inputs: specs(process.inputs),
    outputs: specs(process.outputs),
  };
}

/** The same in the words of Triton's configuration. */
export async function configOf(hub: ModelHub, name: string, version: string): Promise<object> {
  const { process } = await hub.find(name, version);
  const { rowsMax, queueMs } = hub.entry(name)!;
  const isOpen = [...process.inputs, ...process.outputs].every(({ shape }) => shape[0] === -1);
  const specs = (list: readonly TensorSpec[]): object[] =>
    list.map(({ name: tensor, datatype, shape }) => ({
      name: tensor,
      data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
      dims: isOpen ? shape.slice(1) : shape,
    }));
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    max_batch_size: isOpen ? rowsMax : 0,
    input: specs(process.inputs),
    output: specs(process.outputs),
    dynamic_batching: { max_queue_delay_microseconds: queueMs * US_A_MS },
  };
}

/** Counts of one model, or of all. */
export function statisticsOf(hub: ModelHub, name = '', version = ''): object[] {
  if (name !== '') hub.versions(name);
  return hub.counts
    .filter(({ model, version: number }) => (name === '' || model === name) && (version === '' || number === version))
    .map(({ model, version: number, lastMs, rows, batches, success, fail, queue, compute }) => ({
      name: model,
      version: number,
      last_inference: lastMs,
      inference_count: rows,
      execution_count: batches,
      inference_stats: { success, fail, queue, compute_infer: compute },
      batch_stats: [],
    }));
}

/** All versions; those that are retired cannot be asked. `ready`: leave those out. */
export function indexOf(hub: ModelHub, ready: boolean): object[] {
  return hub.index
    .map(({ model, version, state }) => {
      const isReady = state !== 'retired' && !hub.isUnloaded(model);
      return { name: model, version, state: isReady ? 'READY' : 'UNAVAILABLE', reason: state };
    })
    .filter(({ state }) => !ready || state === 'READY');
}

export const serverMetadata = (version: string): object => ({
  name: 'tallystick',
  version,
  extensions: ['binary_tensor_data', 'model_repository', 'model_configuration', 'statistics'],
});

/** Only who administers the server loads models, and unloads them. Throws `forbidden`. */
export function checkAdmin(isAdmin: boolean): void {
  if (!isAdmin) throw new TallystickError('forbidden', 'models are loaded and unloaded by the role admin');
}
