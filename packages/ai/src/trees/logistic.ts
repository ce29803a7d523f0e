/** Logistic regression on standardised features, by Newton's method: what trees must be better than. */
const STEPS = 12;
const RIDGE = 1;

/** Margins of `rows`, by the weights that `data` and `labels` give. */
export function logisticMargins(
  data: Float32Array,
  labels: Uint8Array,
  rows: Float32Array,
  features: number,
): Float64Array {
  const { mean, scale } = statistics(data, labels.length, features);
  const standard = (from: Float32Array, row: number): Float64Array => {
    const x = new Float64Array(features + 1).fill(1);
    for (let at = 0; at < features; at++) x[at] = (from[row * features + at]! - mean[at]!) / scale[at]!;
    return x;
  };
  const xs = Array.from(labels, (_, row) => standard(data, row));
  let weights: Float64Array = new Float64Array(features + 1);
  for (let step = 0; step < STEPS; step++) weights = newton(xs, labels, weights);
  return Float64Array.from({ length: rows.length / features }, (_, row) => dot(standard(rows, row), weights));
}

function statistics(data: Float32Array, rows: number, features: number): { mean: Float64Array; scale: Float64Array } {
  const mean = new Float64Array(features);
  const scale = new Float64Array(features);
  for (let at = 0; at < features; at++) {
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) sum += data[row * features + at]!;
    mean[at] = sum / rows;
    for (let row = 0; row < rows; row++) squares += (data[row * features + at]! - mean[at]!) ** 2;
    scale[at] = Math.sqrt(squares / rows) || 1;
  }
  return { mean, scale };
}

function newton(xs: readonly Float64Array[], labels: Uint8Array, weights: Float64Array): Float64Array {
  const size = weights.length;
  const gradient = Float64Array.from(weights, (weight) => RIDGE * weight);
  const hessian = Array.from({ length: size }, (_, row) => {
    const line = new Float64Array(size);
    line[row] = RIDGE;
    return line;
  });
  for (const [index, x] of xs.entries()) {
    const p = 1 / (1 + Math.exp(-dot(x, weights)));
    const second = Math.max(p * (1 - p), 1e-9);
    for (let row = 0; row < size; row++) {
      gradient[row] = gradient[row]! + (p - labels[index]!) * x[row]!;
      const line = hessian[row]!;
      const by = second * x[row]!;
      for (let column = 0; column < size; column++) line[column] = line[column]! + by * x[column]!;
    }
  }
  const move = solve(hessian, gradient);
  return weights.map((weight, at) => weight - move[at]!);
}

/** Gauss's elimination; the matrix is positive definite, so no pivot is near zero. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let at = 0; at < size; at++) {
    for (let row = at + 1; row < size; row++) {
      const by = matrix[row]![at]! / matrix[at]![at]!;
      for (let column = at; column < size; column++) matrix[row]![column]! -= by * matrix[at]![column]!;
      right[row]! -= by * right[at]!;
    }
  }
  const found = new Float64Array(size);
  for (let at = size - 1; at >= 0; at--) {
    let sum = right[at]!;
    for (let column = at + 1; column < size; column++) sum -= matrix[at]![column]! * found[column]!;
    found[at] = sum / matrix[at]![at]!;
  }
  return found;
}

function dot(x: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += x[at]! * weights[at]!;
  return sum;
}
