/**
 * Writes ONNX models: a graph of operators, with weights inside the file or, by offset, in files beside it. So a file
 * of weights is used where it lies, without a conversion or a copy.
 */
import { bytesField, floatField, integerField, joined, textField } from './protobuf-writer.ts';

/** Types of tensors by their numbers in `onnx.proto`. */
const types = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, bfloat16: 16 } as const;
export const DataType: typeof types = types;
export type DataTypeName = keyof typeof types;

/** A float attribute is told apart from an integer one by this form. */
export type Attribute = number | string | readonly number[] | { readonly float: number };
/** A size, or the name of one that each run chooses. */
export type Dimension = number | string;

/** Bytes of a tensor in a file beside the model; `file` is the name alone. */
export interface FileSpan {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

const IR_VERSION = 10;
const OPSET = 21;
const MICROSOFT = 'com.microsoft';
/** Numbers of fields in `onnx.proto`. */
const Model = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const Opset = { domain: 1, version: 2 } as const;
const GraphField = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const Node = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 } as const;
const AttributeField = { name: 1, float: 2, integer: 3, string: 4, integers: 8, type: 20 } as const;
const AttributeType = { float: 1, integer: 2, string: 3, integers: 7 } as const;
const Tensor = { dimension: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 } as const;
const Entry = { key: 1, value: 2 } as const;
const EXTERNAL = 1;

export class Graph {
  readonly #name: string;
  readonly #nodes: Uint8Array[] = [];
  readonly #tensors: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #named = new Set<string>();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: DataTypeName, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: DataTypeName, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** Adds an operator; returns the name of its first output, which is made up unless `outputs` gives it. */
  operator(
    type: string,
    inputs: readonly string[],
    attributes: { readonly [name: string]: Attribute } = {},
    { outputs = [this.fresh()], domain = '' }: { outputs?: readonly string[]; domain?: string } = {},
  ): string {
    this.#nodes.push(
      joined([
        ...inputs.map((name) => textField(Node.input, name)),
        ...outputs.map((name) => textField(Node.output, name)),
        textField(Node.name, `${type}_${this.#nodes.length}`),
        textField(Node.operator, type),
        ...Object.entries(attributes).map(([name, value]) => bytesField(Node.attribute, attribute(name, value))),
        ...(domain === '' ? [] : [textField(Node.domain, domain)]),
      ]),
    );
    return outputs[0]!;
  }

  /** An operator of ONNX Runtime's own. */
  own(
    type: string,
    inputs: readonly string[],
    attributes: { readonly [name: string]: Attribute },
    outputs: readonly string[] = [this.fresh()],
  ): string {
    return this.operator(type, inputs, attributes, { outputs, domain: MICROSOFT });
  }

  /** A constant inside the file. The same name twice is one constant. */
  constant(
    name: string,
    type: DataTypeName,
    shape: readonly number[],
    data: Float32Array | BigInt64Array | Uint8Array,
  ): string {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.#tensor(name, type, shape, [bytesField(Tensor.raw, raw)]);
  }

  /** A constant whose bytes lie in a file beside the model. */
  external(name: string, type: DataTypeName, shape: readonly number[], { file, offset, size }: FileSpan): string {
    const entry = (entryKey: string, value: string): Uint8Array =>
      bytesField(Tensor.external, joined([textField(Entry.key, entryKey), textField(Entry.value, value)]));
    return this.#tensor(name, type, shape, [
      entry('location', file),
      entry('offset', String(offset)),
      entry('length', String(size)),
      integerField(Tensor.location, EXTERNAL),
    ]);
  }

  /** A name that nothing has yet. */
  fresh(): string {
    this.#count += 1;
    return `t${this.#count}`;
  }

  bytes(): Uint8Array {
    const opset = (domain: string, version: number): Uint8Array =>
      bytesField(Model.opset, joined([textField(Opset.domain, domain), integerField(Opset.version, version)]));
    const graph = joined([
      ...this.#nodes.map((node) => bytesField(GraphField.node, node)),
      textField(GraphField.name, this.#name),
      ...this.#tensors.map((tensor) => bytesField(GraphField.initializer, tensor)),
      ...this.#inputs.map((info) => bytesField(GraphField.input, info)),
      ...this.#outputs.map((info) => bytesField(GraphField.output, info)),
    ]);
    return joined([
      integerField(Model.irVersion, IR_VERSION),
      textField(Model.producer, 'tallystick'),
      bytesField(Model.graph, graph),
      opset('', OPSET),
      opset(MICROSOFT, 1),
    ]);
  }

  #tensor(name: string, type: DataTypeName, shape: readonly number[], data: readonly Uint8Array[]): string {
    if (this.#named.has(name)) return name;
    this.#named.add(name);
    const dimensions = shape.map((size) => integerField(Tensor.dimension, size));
    this.#tensors.push(
      joined([...dimensions, integerField(Tensor.type, types[type]), textField(Tensor.name, name), ...data]),
    );
    return name;
  }
}

function attribute(name: string, value: Attribute): Uint8Array {
  const parts = [textField(AttributeField.name, name)];
  const type = (number: number): void => void parts.push(integerField(AttributeField.type, number));
  if (typeof value === 'number') {
    parts.push(integerField(AttributeField.integer, value));
    type(AttributeType.integer);
  } else if (typeof value === 'string') {
    parts.push(textField(AttributeField.string, value));
    type(AttributeType.string);
  } else if ('float' in value) {
    parts.push(floatField(AttributeField.float, value.float));
    type(AttributeType.float);
  } else {
    for (const number of value) parts.push(integerField(AttributeField.integers, number));
    type(AttributeType.integers);
  }
  return joined(parts);
}

/** A name with a type and a shape, as graphs declare what goes in and out. */
function valueInfo(name: string, type: DataTypeName, shape: readonly Dimension[]): Uint8Array {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? integerField(1, size) : textField(2, size)),
  );
  const tensor = joined([integerField(1, types[type]), bytesField(2, joined(dimensions))]);
  return joined([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}
