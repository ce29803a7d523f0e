/** ONNX Runtime, where `onnxruntime-node` is installed: as far as we use it, so that we compile and run without it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

export interface RuntimeTensor {
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];
}

export interface ValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** Names stand for sizes that each run chooses. */
  readonly shape?: readonly (number | string)[];
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Blocks the thread that it is called on until the result is there. `fetches`: null for a tensor of its own. */
  run(
    feeds: { readonly [name: string]: RuntimeTensor },
    fetches?: { readonly [name: string]: RuntimeTensor | null },
  ): Promise<{ readonly [name: string]: RuntimeTensor }>;
  release(): Promise<void>;
}

export interface Runtime {
  readonly InferenceSession: { create(path: string, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: TensorData, dims: readonly number[]) => RuntimeTensor;
}

/** The line that works without a network: the package's own script would fetch what a CPU does not need. */
export const INSTALL_LINE = 'npm install --ignore-scripts onnxruntime-node@1.30.0';

/** Rejects with `package_missing`. `ONNXRUNTIME_NODE` may name a `node_modules` folder to load it from. */
export async function loadRuntime(): Promise<Runtime> {
  const elsewhere = process.env.ONNXRUNTIME_NODE;
  const from = elsewhere === undefined || elsewhere === '' ? import.meta.url : join(elsewhere, 'here.js');
  try {
    return createRequire(from)('onnxruntime-node') as Runtime;
  } catch (cause) {
    throw new TallystickError('package_missing', `models are run by ONNX Runtime: ${INSTALL_LINE}`, { cause });
  }
}

/** Options of a session on `threads` threads, which sleep while they wait: a ledger beside them needs the cores. */
export function sessionOptions(threads: number): object {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { 'intra_op.allow_spinning': '0' } },
  };
}
