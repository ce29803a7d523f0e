/** Models of other programs, scored as those programs score them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenBytes, goldenText } from '../../test/golden.ts';
import { readLightgbm, writeLightgbm } from './lightgbm.ts';
import { readModel } from './read-model.ts';
import { below32, floor32, TreeBuilder } from './tree-builder.ts';
import { marginUnits, probability, type TreeModel } from './tree-model.ts';

interface Margins {
  readonly rows: readonly (number | null)[][];
  readonly expected_score: readonly number[];
  readonly lightgbm: readonly number[];
  readonly xgboost: readonly number[];
  readonly missing: {
    readonly rows: readonly (number | null)[][];
    readonly xgboost: readonly number[];
    readonly lightgbm: readonly number[];
  };
}

const margins = JSON.parse(goldenText('fraud/margins.json')) as Margins;
const rowsOf = (rows: readonly (number | null)[][]): Float32Array =>
  Float32Array.from(rows.flatMap((row) => row.map((number) => number ?? Number.NaN)));

function score(model: TreeModel, rows: readonly (number | null)[][]): Float64Array {
  const found = new Float64Array(rows.length);
  model.margins(rowsOf(rows), rows.length, found);
  return found;
}

test("LightGBM's text gives LightGBM's raw margins, to the last bit", () => {
  const model = readModel(goldenBytes('fraud/fraud.lgb.txt'));
  assert.equal(model.trees, 200);
  assert.deepEqual([...score(model, margins.rows)], margins.lightgbm);
});

test('the same model as ONNX gives the expected scores within a millionth', () => {
  const model = readModel(goldenBytes('fraud/fraud.onnx'));
  const worst = Math.max(
    ...[...score(model, margins.rows)].map((margin, row) =>
      Math.abs(probability(margin) - margins.expected_score[row]!),
    ),
  );
  assert.ok(worst <= 1e-6, `${worst}`);
  const other = score(readModel(goldenBytes('fraud/fraud.lgb.txt')), margins.rows);
  const apart = [...score(model, margins.rows)].map((margin, row) => Math.abs(margin - other[row]!));
  assert.ok(Math.max(...apart) < 1e-5, 'leaves of 32 bits in one file, of 64 bits in the other');
});

test("XGBoost's JSON gives XGBoost's margins, which it sums in 32 bits", () => {
  const model = readModel(goldenBytes('fraud/xgboost.json'));
  for (const [row, margin] of score(model, margins.rows).entries()) {
    assert.ok(Math.abs(margin - margins.xgboost[row]!) < 5e-6, `row ${row}: ${margin}, ${margins.xgboost[row]}`);
  }
});

test('numbers that are missing go the way that each program sends them', () => {
  const { rows, xgboost, lightgbm } = margins.missing;
  assert.ok(rows.some((row) => row.includes(null)));
  assert.deepEqual([...score(readModel(goldenBytes('fraud/missing.lgb.txt')), rows)], lightgbm);
  for (const [row, margin] of score(readModel(goldenBytes('fraud/xgboost.json')), rows).entries()) {
    assert.ok(Math.abs(margin - xgboost[row]!) < 5e-6, `row ${row}: ${margin}, ${xgboost[row]}`);
  }
});

test('a model that was written as text is read as the same model', () => {
  const model = readModel(goldenBytes('fraud/missing.lgb.txt'));
  const again = readLightgbm(writeLightgbm(model));
  assert.deepEqual(score(again, margins.missing.rows), score(model, margins.missing.rows));
  assert.deepEqual(again.names, model.names);
});

test('a threshold keeps its side of every number of 32 bits', () => {
  for (const x of [0, 1, -1, 0.1, -0.1, 1e-35, 2.5000000000000004, 1e30, -2e-45, 3.4e38, 7]) {
    for (const f of [x, x * (1 + 1e-7), x * (1 - 1e-7), x + 1e-6, -x].map(Math.fround)) {
      assert.equal(f <= floor32(x), f <= x, `${f} <= ${x}`);
      assert.equal(f <= below32(x), f < x, `${f} < ${x}`);
    }
  }
});

test('rows of one batch score as each does alone', () => {
  const model = readModel(goldenBytes('fraud/fraud.lgb.txt'));
  const together = score(model, margins.rows);
  assert.deepEqual(
    margins.rows.map((row) => marginUnits(score(model, [row])[0]!)),
    [...together].map(marginUnits),
  );
});

test('trees that are none are refused: a node that is absent, shared, or looks at no feature', () => {
  const leaf = { leaf: 1 };
  const inner = { feature: 0, threshold: 1, missingYes: false };
  const bad: [RegExp, Parameters<TreeBuilder['add']>[0]][] = [
    [/node 2, which does not exist/, [{ ...inner, yes: 1, no: 2 }, leaf]],
    [/node 1 twice/, [{ ...inner, yes: 1, no: 1 }, leaf]],
    [/node 0 twice/, [{ ...inner, yes: 0, no: 1 }, leaf]],
    [/feature 3 of 1/, [{ ...inner, feature: 3, yes: 1, no: 2 }, leaf, leaf]],
    [/threshold/, [{ ...inner, threshold: Number.NaN, yes: 1, no: 2 }, leaf, leaf]],
    [/not a number/, [{ leaf: Number.POSITIVE_INFINITY }]],
  ];
  for (const [message, nodes] of bad) {
    assert.throws(() => new TreeBuilder(['a']).add(nodes), { code: 'model_invalid', message });
  }
});

test('a file that is cut off or is something else is model_invalid, and never read half', () => {
  for (const name of ['fraud/fraud.onnx', 'fraud/xgboost.json', 'fraud/missing.lgb.txt']) {
    const bytes = goldenBytes(name);
    for (const size of [0, 1, 17, bytes.length >> 2, bytes.length >> 1]) {
      const cut = bytes.subarray(0, size);
      assert.throws(() => readModel(cut), { code: 'model_invalid' }, `${name} up to ${size}`);
    }
  }
  assert.throws(() => readModel(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1)), { code: 'model_invalid' });
});
