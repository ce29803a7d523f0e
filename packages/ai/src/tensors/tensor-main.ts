/** The process of one tensor model: a session of ONNX Runtime, asked by messages, one after the other. */
import { constants, setPriority } from 'node:os';
import { loadRuntime, sessionOptions, type TensorData, type ValueMetadata } from '../onnx/runtime.ts';

export interface RunTensor {
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];
}

export type ToTensorModel = {
  readonly number: number;
  readonly inputs: { readonly [name: string]: RunTensor };
  readonly outputs: readonly string[];
};

export type FromTensorModel =
  | { readonly ready: { readonly inputs: readonly ValueMetadata[]; readonly outputs: readonly ValueMetadata[] } }
  | { readonly failed: string }
  | { readonly number: number; readonly outputs: { readonly [name: string]: RunTensor }; readonly ms: number }
  | { readonly number: number; readonly failed: string };

const tell = (message: FromTensorModel): void => void process.send!(message);
const [path, threads] = process.argv.slice(2);
setPriority(constants.priority.PRIORITY_LOW);
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
try {
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(path!, sessionOptions(Number(threads)));
  let order = Promise.resolve();
  process.on('message', ({ number, inputs, outputs }: ToTensorModel) => {
    order = order.then(async () => {
      try {
        const feeds = Object.fromEntries(
          Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]),
        );
        const from = performance.now();
        const found = await session.run(feeds, Object.fromEntries(outputs.map((name) => [name, null])));
        const ms = performance.now() - from;
        const values = Object.entries(found).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
        tell({ number, outputs: Object.fromEntries(values), ms });
      } catch (error) {
        tell({ number, failed: (error as Error).message });
      }
    });
  });
  tell({ ready: { inputs: session.inputMetadata, outputs: session.outputMetadata } });
} catch (error) {
  tell({ failed: (error as Error).message });
}
