/**
 * The graph of a stage: layers `from` to `to` of a model, the table of tokens if it is the first stage, the last norm
 * and the logits if it is the last.
 *
 *   rows x tokens ──ids or hidden [T, H]──> layers ──> hidden [T, H], or logits of the wanted places [W, V]
 *
 * Linear layers see all tokens of all rows as one matrix, attention sees them by row: `grid` is [rows, tokens, -1].
 * Keys and values come and go by the same tensor, so attention writes in place.
 */
import { DataType, Graph } from '../onnx/graph.ts';
import { type Blocks, fromBlocks, toBlocks } from './blocks.ts';
import type { ModelShape } from './shape.ts';
import type { StageFiles } from './stage-files.ts';
import { BLOCK, isBlocks, readWeight, type Weights } from './weights.ts';

/** Layers of a stage: from `from` on, up to `to`, which is not among them. */
export interface StageRange {
  readonly from: number;
  readonly to: number;
}

export interface StageGraphOptions extends StageRange {
  /** Tokens for which there are positions. */
  readonly context: number;
  /** What activations of quantised layers are computed in: 32-bit floats, or 8-bit integers, which are faster. */
  readonly activations: 'float32' | 'int8';
}

const EMBEDDING = 'model.embed_tokens';
/** `accuracy_level` of `MatMulNBits`. */
const ACCURACY = { float32: 0, int8: 4 } as const;

class StageGraph {
  readonly #graph: Graph;
  readonly #shape: ModelShape;
  readonly #weights: Weights;
  readonly #files: StageFiles;
  readonly #options: StageGraphOptions;
  readonly #casts = new Map<string, string>();
  #stream = '';
  /** What the last part adds to the stream; '' if nothing waits. The next norm adds it. */
  #delta = '';

  constructor(shape: ModelShape, weights: Weights, files: StageFiles, options: StageGraphOptions) {
    this.#graph = new Graph(`layers_${options.from}_${options.to}`);
    this.#shape = shape;
    this.#weights = weights;
    this.#files = files;
    this.#options = options;
  }

  build(): Uint8Array {
    const { from, to } = this.#options;
    const graph = this.#graph;
    const { hidden, layers } = this.#shape;
    graph.input('grid', 'int64', [3]);
    graph.input('lengths', 'int32', ['rows']);
    graph.input('longest', 'int32', []);
    this.#positions();
    this.#stream = from === 0 ? this.#embed() : graph.input('hidden_in', 'float32', ['tokens', hidden]);
    for (let layer = from; layer < to; layer++) this.#layer(layer);
    if (to === layers) this.#logits();
    else {
      graph.operator('Add', [this.#stream, this.#delta], {}, { outputs: ['hidden_out'] });
      graph.output('hidden_out', 'float32', ['tokens', hidden]);
    }
    return graph.bytes();
  }

  #embed(): string {
    const { vocabulary, hidden } = this.#shape;
    const ids = this.#graph.input('ids', 'int64', ['tokens']);
    const name = `${EMBEDDING}.weight`;
    const weight = this.#weights.get(name, [vocabulary, hidden]);
    if (isBlocks(weight.type)) {
      const span = this.#files.put(fromBlocks(toBlocks(weight.type, readWeight(weight))));
      this.#graph.external(`${name}.table`, 'float32', weight.shape, span);
      return this.#graph.operator('Gather', [`${name}.table`, ids], { axis: 0 });
    }
    this.#graph.external(name, weight.type, weight.shape, this.#files.place(weight));
    const rows = this.#graph.operator('Gather', [name, ids], { axis: 0 });
    // Rows are widened after they are chosen, so the table stays as small as it is on disk.
    return weight.type === 'float32' ? rows : this.#graph.operator('Cast', [rows], { to: DataType.float32 });
  }

  #layer(layer: number): void {
    const { hidden, heads, keyHeads, headSize, hasBias, feedForward } = this.#shape;
    const graph = this.#graph;
    const prefix = `model.layers.${layer}.`;
    const normed = this.#norm(`${prefix}input_layernorm.weight`);
    const byRow = (part: 'q' | 'k' | 'v', size: number): string => {
      const flat = this.#linear(normed, `${prefix}self_attn.${part}_proj`, size, hidden, hasBias);
      return graph.operator('Reshape', [flat, 'grid']);
    };
    const queries = byRow('q', heads * headSize);
    const keys = byRow('k', keyHeads * headSize);
    const values = byRow('v', keyHeads * headSize);
    const attended = this.#attention(layer, queries, keys, values);
    graph.constant('flat', 'int64', [2], BigInt64Array.of(-1n, BigInt(heads * headSize)));
    const flat = graph.operator('Reshape', [attended, 'flat']);
    this.#delta = this.#linear(flat, `${prefix}self_attn.o_proj`, hidden, heads * headSize, false);
    const again = this.#norm(`${prefix}post_attention_layernorm.weight`);
    const gate = this.#linear(again, `${prefix}mlp.gate_proj`, feedForward, hidden, false);
    const up = this.#linear(again, `${prefix}mlp.up_proj`, feedForward, hidden, false);
    const silu = graph.operator('Mul', [gate, graph.operator('Sigmoid', [gate])]);
    const wide = graph.operator('Mul', [silu, up]);
    this.#delta = this.#linear(wide, `${prefix}mlp.down_proj`, hidden, feedForward, false);
  }

  #attention(layer: number, queries: string, keys: string, values: string): string {
    const { heads, keyHeads, headSize } = this.#shape;
    const graph = this.#graph;
    const cached = ['rows', keyHeads, this.#options.context, headSize];
    const names = (['key', 'value'] as const).map((part) => {
      graph.input(`past_${part}.${layer}`, 'float32', cached);
      graph.output(`present_${part}.${layer}`, 'float32', cached);
      return { past: `past_${part}.${layer}`, present: `present_${part}.${layer}` };
    });
    return graph.own(
      'GroupQueryAttention',
      [queries, keys, values, ...names.map(({ past }) => past), 'lengths', 'longest', 'cosines', 'sines'],
      {
        num_heads: heads,
        kv_num_heads: keyHeads,
        do_rotary: 1,
        rotary_interleaved: 0,
        scale: { float: 1 / Math.sqrt(headSize) },
      },
      [graph.fresh(), ...names.map(({ present }) => present)],
    );
  }

  #logits(): void {
    const { vocabulary, hidden, isTied } = this.#shape;
    const graph = this.#graph;
    const wanted = graph.input('wanted', 'int64', ['places']);
    const normed = this.#norm('model.norm.weight');
    const rows = graph.operator('Gather', [normed, wanted], { axis: 0 });
    const last = this.#linear(rows, isTied ? EMBEDDING : 'lm_head', vocabulary, hidden, false);
    graph.operator('Identity', [last], {}, { outputs: ['logits'] });
    graph.output('logits', 'float32', ['places', vocabulary]);
  }

  #norm(name: string): string {
    const { hidden, epsilon } = this.#shape;
    const weight = this.#vector(name, hidden);
    if (this.#delta === '') {
      const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 };
      return this.#graph.operator('SimplifiedLayerNormalization', [this.#stream, weight], attributes);
    }
    const [normed, sum] = [this.#graph.fresh(), this.#graph.fresh()];
    const outputs = [normed, '', '', sum];
    const inputs = [this.#stream, this.#delta, weight];
    this.#graph.own('SkipSimplifiedLayerNormalization', inputs, { epsilon: { float: epsilon } }, outputs);
    this.#stream = sum;
    this.#delta = '';
    return normed;
  }

  /** `x` times the matrix of `rows` x `columns`, transposed. */
  #linear(x: string, name: string, rows: number, columns: number, hasBias: boolean): string {
    const bias = hasBias ? this.#vector(`${name}.bias`, rows) : undefined;
    const weight = this.#weights.get(`${name}.weight`, [rows, columns]);
    // Blocks of 8 bits have no fast product with floats, so they are widened where floats are asked for.
    if (!isBlocks(weight.type) || (weight.type === 'q8_0' && this.#options.activations === 'float32')) {
      const matrix = this.#float(`${name}.weight`, weight.shape);
      return this.#graph.operator('Gemm', [x, matrix, ...(bias === undefined ? [] : [bias])], { transB: 1 });
    }
    const blocks = toBlocks(weight.type, readWeight(weight));
    const product = this.#blocks(x, name, rows, columns, blocks);
    return bias === undefined ? product : this.#graph.operator('Add', [product, bias]);
  }

  #blocks(x: string, name: string, rows: number, columns: number, { bits, codes, scales, leasts }: Blocks): string {
    const graph = this.#graph;
    const count = columns / BLOCK;
    graph.external(`${name}.codes`, 'uint8', [rows, count, (BLOCK * bits) / 8], this.#files.put(codes));
    graph.external(`${name}.scales`, 'float32', [rows * count], this.#files.put(scales));
    const inputs = [x, `${name}.codes`, `${name}.scales`];
    if (leasts !== undefined) {
      const bytes = rows * Math.ceil((count * bits) / 8);
      inputs.push(graph.constant(`zeros.${bytes}`, 'uint8', [bytes], new Uint8Array(bytes)));
    }
    const attributes = {
      K: columns,
      N: rows,
      bits,
      block_size: BLOCK,
      accuracy_level: ACCURACY[this.#options.activations],
    };
    const product = graph.own('MatMulNBits', inputs, attributes);
    if (leasts === undefined) return product;
    // A block's least number counts for each of its 32 numbers, so it is multiplied with their sum.
    graph.external(`${name}.leasts`, 'float32', [rows, count], this.#files.put(leasts));
    const sums = this.#sums(x, count);
    return graph.operator('Add', [product, graph.operator('Gemm', [sums, `${name}.leasts`], { transB: 1 })]);
  }

  /** The sums of the blocks of `x`, which layers that see the same `x` share. */
  #sums(x: string, count: number): string {
    const known = this.#casts.get(`sums ${x}`);
    if (known !== undefined) return known;
    const graph = this.#graph;
    const split = graph.constant(`split.${count}`, 'int64', [3], BigInt64Array.of(-1n, BigInt(count), BigInt(BLOCK)));
    const axes = graph.constant('last_axis', 'int64', [1], BigInt64Array.of(2n));
    const parts = graph.operator('Reshape', [x, split]);
    const sums = graph.operator('ReduceSum', [parts, axes], { keepdims: 0 });
    this.#casts.set(`sums ${x}`, sums);
    return sums;
  }

  #vector(name: string, size: number): string {
    return this.#float(name, [size]);
  }

  /** A constant in 32 bits: where the file has 16, ONNX Runtime widens it once, when the session is made. */
  #float(name: string, shape: readonly number[]): string {
    const weight = this.#weights.get(name, shape);
    const known = this.#casts.get(name);
    if (known !== undefined) return known;
    if (isBlocks(weight.type)) {
      const numbers = this.#files.put(fromBlocks(toBlocks(weight.type, readWeight(weight))));
      this.#graph.external(name, 'float32', shape, numbers);
    } else this.#graph.external(name, weight.type, shape, this.#files.place(weight));
    const isWide = isBlocks(weight.type) || weight.type === 'float32';
    const wide = isWide ? name : this.#graph.operator('Cast', [name], { to: DataType.float32 });
    this.#casts.set(name, wide);
    return wide;
  }

  /** Cosines and sines of each position, rounded as the references round them. */
  #positions(): void {
    const { headSize, ropeTheta } = this.#shape;
    const { context } = this.#options;
    const halves = headSize / 2;
    const cosines = new Float32Array(context * halves);
    const sines = new Float32Array(context * halves);
    for (let index = 0; index < halves; index++) {
      const frequency = Math.fround(1 / ropeTheta ** ((2 * index) / headSize));
      for (let position = 0; position < context; position++) {
        const angle = Math.fround(position * frequency);
        cosines[position * halves + index] = Math.cos(angle);
        sines[position * halves + index] = Math.sin(angle);
      }
    }
    this.#graph.constant('cosines', 'float32', [context, halves], cosines);
    this.#graph.constant('sines', 'float32', [context, halves], sines);
  }
}

/** Writes what the stage needs of the weights into `files`, and returns the graph. Throws `model_invalid`. */
export function buildStage(
  shape: ModelShape,
  weights: Weights,
  files: StageFiles,
  options: StageGraphOptions,
): Uint8Array {
  return new StageGraph(shape, weights, files, options).build();
}
