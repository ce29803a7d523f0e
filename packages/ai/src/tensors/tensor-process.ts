/** One version of a tensor model in its process, as the server sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TallystickError } from 'tallystick/internal';
import type { ValueMetadata } from '../onnx/runtime.ts';
import { invalidModel } from '../trees/tree-builder.ts';
import { type Datatype, datatypeOfType, fromRuntime, type TensorValue, toRuntime } from './tensor.ts';
import type { FromTensorModel, ToTensorModel } from './tensor-main.ts';

/** A name, a type and a shape; -1 is a size that each request chooses. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

export interface Computed {
  readonly outputs: readonly TensorValue[];
  readonly ms: number;
}

interface Waiting {
  readonly done: (computed: Computed) => void;
  readonly failed: (error: Error) => void;
}

export class TensorProcess {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly #child: ChildProcess;
  readonly #waiting: Map<number, Waiting>;
  #number = 0;
  /** Why it can be asked no more. */
  #failure: Error | undefined;

  private constructor(child: ChildProcess, inputs: readonly ValueMetadata[], outputs: readonly ValueMetadata[]) {
    this.#child = child;
    this.#waiting = new Map();
    this.inputs = specsOf(inputs);
    this.outputs = specsOf(outputs);
    child.on('message', (message: FromTensorModel) => this.#take(message));
    child.once('exit', () => this.#fail(new TallystickError('stage_lost', 'the process of the model has ended')));
  }

  /** Rejects with `model_invalid`, with the reason of ONNX Runtime, or `package_missing`. */
  static async open(path: string, threads: number): Promise<TensorProcess> {
    const program = fileURLToPath(new URL('./tensor-main.js', import.meta.url));
    const child = fork(program, [path, String(threads)], { serialization: 'advanced' });
    const message = await new Promise<FromTensorModel>((resolve) => {
      child.once('message', (first: FromTensorModel) => resolve(first));
      child.once('exit', () => resolve({ failed: 'its process ended' }));
    });
    if ('ready' in message) return new TensorProcess(child, message.ready.inputs, message.ready.outputs);
    child.kill();
    const why = 'failed' in message ? message.failed : 'it said nothing';
    if (why.includes('onnxruntime-node')) throw new TallystickError('package_missing', why);
    throw invalidModel(`the model cannot be run: ${why}`);
  }

  get isLost(): boolean {
    return this.#failure !== undefined;
  }

  /** Rejects with `stage_lost`, or with `invalid_argument` and the reason of ONNX Runtime. */
  compute(inputs: readonly TensorValue[], outputs: readonly string[]): Promise<Computed> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#number += 1;
    const number = this.#number;
    const message: ToTensorModel = {
      number,
      inputs: Object.fromEntries(inputs.map((value) => [value.name, { ...toRuntime(value), dims: value.shape }])),
      outputs,
    };
    return new Promise((done, failed) => {
      this.#waiting.set(number, { done, failed });
      this.#child.send(message);
    });
  }

  close(): void {
    this.#fail(new TallystickError('closed', 'the model was unloaded'));
    this.#child.kill('SIGKILL');
  }

  #take(message: FromTensorModel): void {
    if (!('number' in message)) return;
    const waiting = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    if ('failed' in message) waiting?.failed(new TallystickError('invalid_argument', message.failed));
    else {
      const outputs = Object.entries(message.outputs).map(([name, { type, dims, data }]) =>
        fromRuntime(name, type, dims, data),
      );
      waiting?.done({ outputs, ms: message.ms });
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { failed } of this.#waiting.values()) failed(this.#failure);
    this.#waiting.clear();
  }
}

/** Outputs that are no tensors, such as maps of classes, are left out. */
function specsOf(values: readonly ValueMetadata[]): TensorSpec[] {
  return values.flatMap(({ name, isTensor, type, shape = [] }) => {
    const datatype = datatypeOfType(type);
    if (!isTensor || datatype === undefined) return [];
    return [{ name, datatype, shape: shape.map((size) => (typeof size === 'number' && size >= 0 ? size : -1)) }];
  });
}
