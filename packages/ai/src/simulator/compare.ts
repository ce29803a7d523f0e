/** Trains on the first part of a simulation, and compares on the rest: trees, logistic regression, the amount alone. */
import { FEATURES } from '../fraud/features.ts';
import { averagePrecision } from '../trees/average-precision.ts';
import { logisticMargins } from '../trees/logistic.ts';
import { type TrainOptions, trainTrees } from '../trees/train.ts';
import type { TreeModel } from '../trees/tree-model.ts';
import { SCENARIOS } from './frauds.ts';
import { DAY } from './payers.ts';
import type { Seen } from './run.ts';

export interface Comparison {
  readonly model: TreeModel;
  readonly trained: { readonly rows: number; readonly frauds: number; readonly unreported: number };
  readonly tested: { readonly rows: number; readonly frauds: number };
  /** Average precision by scenario, and of all of them together. */
  readonly precision: { readonly [scenario: string]: Precision };
}

export interface Precision {
  readonly frauds: number;
  readonly trees: number;
  readonly logistic: number;
  readonly amount: number;
}

export const TRAINING: Omit<TrainOptions, 'names'> = {
  trees: 50,
  leaves: 15,
  rate: 0.1,
  leafRows: 20,
  positiveWeight: 3,
};

/** `trainDays`: how long payments are watched before the model is trained. */
export function compare(seen: Seen, trainDays: number, training: Omit<TrainOptions, 'names'> = TRAINING): Comparison {
  const width = FEATURES.length;
  const end = trainDays * DAY;
  const count = seen.payments.findIndex(({ seconds }) => seconds >= end);
  const data = seen.features.subarray(0, count * width);
  const labels = Uint8Array.from({ length: count }, (_, row) => (seen.reported[row]! <= end ? 1 : 0));
  const model = trainTrees(data, labels, { names: FEATURES, ...training });
  const rows = seen.features.subarray(count * width);
  const tested = seen.payments.slice(count);
  const trees = new Float64Array(tested.length);
  model.margins(rows, tested.length, trees);
  const logistic = logisticMargins(data, labels, rows, width);
  const amount = Float64Array.from(tested, (payment) => payment.amount);
  const of = (chosen: (scenario: string) => boolean): Precision => {
    const kept = tested.flatMap(({ scenario }, row) => (scenario === undefined || chosen(scenario) ? [row] : []));
    const truth = kept.map((row) => (tested[row]!.scenario === undefined ? 0 : 1));
    const ap = (scores: Float64Array): number =>
      averagePrecision(
        kept.map((row) => scores[row]!),
        truth,
      );
    const positives = truth.reduce<number>((sum, label) => sum + label, 0);
    return { frauds: positives, trees: ap(trees), logistic: ap(logistic), amount: ap(amount) };
  };
  const precision = Object.fromEntries([
    ['all', of(() => true)],
    ...SCENARIOS.map((name) => [name, of((scenario) => scenario === name)]),
  ]) as Comparison['precision'];
  const fraudsBefore = seen.payments.slice(0, count).filter(({ scenario }) => scenario !== undefined).length;
  const known = labels.reduce((sum, label) => sum + label, 0);
  return {
    model,
    trained: { rows: count, frauds: fraudsBefore, unreported: fraudsBefore - known },
    tested: { rows: tested.length, frauds: precision.all!.frauds },
    precision,
  };
}
